//! `Lens`: reads of many records at once, and calls of it on networks without a deployed one.

use std::sync::LazyLock;

use ethers_contract::EthError;
use ethers_core::abi::{AbiDecode, AbiEncode};
use ethers_core::types::Bytes;

use super::Read;
use super::bindings::{lens as generated, lens_call};
use super::bytecode::code;
use super::convert::{h160, saturated};
use super::records::{RecordField, RecordReader};
use crate::model::{
    Dendron, Hyperparameters, RawEndpoint, Role, Subnet, SubnetDetails, Weight, WeightRow,
    for_each_hyperparameter,
};
use crate::{Address, NetUid};

const ENDPOINT_LIMIT: usize = 255;
const NAME_LIMIT: usize = 255;
const DESCRIPTION_LIMIT: usize = 1024;

const DENDRON_FLAGS: u8 = 0b1_1111;
const SUBNET_FLAGS: u8 = 0b111;
const ACTIVE: u8 = 1;
const VALIDATOR: u8 = 2;

/// The code that a state override places at an address.
pub(crate) static RUNTIME_CODE: LazyLock<Vec<u8>> =
    LazyLock::new(|| code(include_str!("../../abi/Lens.bytecode.json")));

static CALL_CODE: LazyLock<Vec<u8>> =
    LazyLock::new(|| code(include_str!("../../abi/LensCall.bytecode.json")));

/// The state that a page describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    block: u64,
    parent: [u8; 32],
}

#[cfg(test)]
impl Pin {
    pub(crate) const fn of_test(block: u8) -> Self {
        Self { block: block as u64, parent: [block; 32] }
    }
}

/// A page of records.
#[derive(Clone, Debug)]
pub(crate) struct LensPage<T> {
    pub(crate) pin: Pin,
    /// The total number of records.
    pub(crate) total: usize,
    pub(crate) records: Vec<T>,
}

/// Returns creation code that runs `call` on a Lens and reverts with the result.
pub(crate) fn creation_code(call: &[u8]) -> Vec<u8> {
    [&CALL_CODE[..], &AbiEncode::encode((Bytes::from(call.to_vec()),))].concat()
}

/// Decodes the revert data of a [`creation_code`]: the data that the Lens returned, or reverted
/// with. Returns `None` if the code failed before that.
pub(crate) fn creation_outcome(data: &[u8]) -> Option<Result<Vec<u8>, Vec<u8>>> {
    let (selector, arguments) = data.split_first_chunk::<4>()?;
    let decode = || Bytes::decode(arguments).ok().map(|bytes| bytes.to_vec());
    if *selector == lens_call::LensResult::selector() {
        return decode().map(Ok);
    }
    if *selector == lens_call::LensFailure::selector() {
        return decode().map(Err);
    }
    None
}

/// Returns the length of the longest page of the Lens: a call of minimal cost.
pub(crate) fn max_page() -> Read<u64> {
    Read::new(generated::MaxPageCall, |generated::MaxPageReturn(records)| saturated(records))
}

pub(crate) fn dendrons(
    dendron_manager: Address,
    global_staking: Address,
    netuid: NetUid,
    start: usize,
    count: usize,
) -> Read<LensPage<Dendron>> {
    let call = generated::DendronsCall {
        dendron_manager: h160(dendron_manager),
        global_staking: h160(global_staking),
        netuid: netuid.get(),
        start: start.into(),
        count: count.into(),
    };
    Read::checked(call, move |answer: generated::DendronsReturn| {
        let generated::DendronsReturn { pin, total, records } = answer;
        page(pin, saturated(total), &records, |reader| dendron(netuid, reader))
    })
}

pub(crate) fn subnets(
    subnet_manager: Address,
    start: usize,
    count: usize,
) -> Read<LensPage<SubnetDetails>> {
    let subnet_manager = h160(subnet_manager);
    let call = generated::SubnetsCall { subnet_manager, start: start.into(), count: count.into() };
    Read::checked(call, |answer: generated::SubnetsReturn| {
        let generated::SubnetsReturn { pin, total, records } = answer;
        page(pin, saturated(total), &records, subnet)
    })
}

pub(crate) fn hyperparameters(
    subnet_manager: Address,
    start: usize,
    count: usize,
) -> Read<LensPage<(NetUid, Hyperparameters)>> {
    let subnet_manager = h160(subnet_manager);
    let call =
        generated::HyperparamsCall { subnet_manager, start: start.into(), count: count.into() };
    Read::checked(call, |answer: generated::HyperparamsReturn| {
        let generated::HyperparamsReturn { pin, total, records } = answer;
        page(pin, saturated(total), &records, rules)
    })
}

pub(crate) fn weight_rows(
    weights: Address,
    dendron_manager: Address,
    netuid: NetUid,
    start: usize,
    count: usize,
) -> Read<LensPage<WeightRow>> {
    let call = generated::WeightRowsCall {
        weights: h160(weights),
        dendron_manager: h160(dendron_manager),
        netuid: netuid.get(),
        start: start.into(),
        count: count.into(),
    };
    Read::checked(call, |answer: generated::WeightRowsReturn| {
        let generated::WeightRowsReturn { pin, total, records } = answer;
        page(pin, saturated(total), &records, weight_row)
    })
}

fn page<T>(
    pin: generated::Pin,
    total: u64,
    records: &[u8],
    read: impl Fn(&mut RecordReader<'_>) -> Result<T, String>,
) -> Result<LensPage<T>, String> {
    let mut reader = RecordReader::new(records);
    let mut page = LensPage {
        pin: Pin { block: saturated(pin.block_number), parent: pin.parent_hash },
        total: usize::try_from(total).unwrap_or(usize::MAX),
        records: Vec::new(),
    };
    while !reader.is_at_end() {
        page.records.push(read(&mut reader)?);
    }
    Ok(page)
}

fn dendron(netuid: NetUid, reader: &mut RecordReader<'_>) -> Result<Dendron, String> {
    let address = reader.address()?;
    let flags = reader.flags(DENDRON_FLAGS)?;
    let stake = reader.amount()?;
    let registered_at = reader.u64()?;
    let last_update = reader.u64()?;
    let (port, metrics_port) = (reader.u32()?, reader.u32()?);
    let (host, metrics_host) = (reader.text(ENDPOINT_LIMIT)?, reader.text(ENDPOINT_LIMIT)?);
    Ok(Dendron {
        address,
        netuid,
        role: if flags & VALIDATOR == 0 { Role::Miner } else { Role::Validator },
        is_active: flags & ACTIVE != 0,
        stake,
        registered_at,
        last_update,
        endpoint: RawEndpoint { host, port },
        metrics_endpoint: RawEndpoint { host: metrics_host, port: metrics_port },
    })
}

fn subnet(reader: &mut RecordReader<'_>) -> Result<SubnetDetails, String> {
    let netuid = NetUid::new(reader.u16()?);
    let flags = reader.flags(SUBNET_FLAGS)?;
    let (owner, alpha_token, pool) = (reader.address()?, reader.address()?, reader.address()?);
    let (locked, pool_initial, burned) = (reader.amount()?, reader.amount()?, reader.amount()?);
    let created_at = reader.u64()?;
    let (price, volume) = (reader.amount()?, reader.amount()?);
    let (hetu_reserve, alpha_reserve) = (reader.amount()?, reader.amount()?);
    let (name, description) = (reader.text(NAME_LIMIT)?, reader.text(DESCRIPTION_LIMIT)?);
    let subnet = Subnet {
        netuid,
        owner,
        alpha_token,
        pool,
        locked,
        pool_initial,
        burned,
        created_at,
        is_active: flags & ACTIVE != 0,
        name,
        description,
    };
    Ok(SubnetDetails { subnet, price, volume, hetu_reserve, alpha_reserve })
}

macro_rules! rules_in_order {
    ($($(#[$documentation:meta])* $name:ident: $kind:ty = $field:ident, $accepted:expr;)*) => {
        fn rules(reader: &mut RecordReader<'_>) -> Result<(NetUid, Hyperparameters), String> {
            let netuid = NetUid::new(reader.u16()?);
            // The fields are read in the order in which they are written here.
            Ok((netuid, Hyperparameters { $($name: RecordField::read(reader)?,)* }))
        }
    };
}

for_each_hyperparameter!(rules_in_order);

fn weight_row(reader: &mut RecordReader<'_>) -> Result<WeightRow, String> {
    let validator = reader.address()?;
    let last_set = reader.u64()?;
    let entries = reader.u16()?;
    let mut weights = Vec::new();
    for _ in 0..entries {
        weights.push(Weight { dendron: reader.address()?, weight: reader.u128()? });
    }
    Ok(WeightRow { validator, last_set: (last_set > 0).then_some(last_set), weights })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Amount;

    const NETUID: NetUid = NetUid::new(3);

    fn text(text: &str) -> Vec<u8> {
        [&u16::try_from(text.len()).unwrap().to_be_bytes()[..], text.as_bytes()].concat()
    }

    fn dendron_record(account: u8, flags: u8, host: &str) -> Vec<u8> {
        [
            &[account; 20][..],
            &[flags],
            &Amount::from_hetu(200).to_be_bytes()[16..],
            &7_u64.to_be_bytes(),
            &1_700_000_000_u64.to_be_bytes(),
            &8_091_u32.to_be_bytes(),
            &9_090_u32.to_be_bytes(),
            &text(host),
            &text(""),
        ]
        .concat()
    }

    /// Returns the data that a Lens would return: pin, total, and the records as bytes.
    fn returned(total: u64, records: &[u8]) -> Vec<u8> {
        AbiEncode::encode(generated::DendronsReturn {
            pin: generated::Pin {
                block_number: 9.into(),
                parent_hash: [8; 32],
                timestamp: 7.into(),
            },
            total: total.into(),
            records: Bytes::from(records.to_vec()),
        })
    }

    fn decode(total: u64, records: &[u8]) -> Result<LensPage<Dendron>, String> {
        let read = dendrons(Address::ZERO, Address::ZERO, NETUID, 0, 10);
        read.decode(&returned(total, records)).map_err(|error| error.to_string())
    }

    #[test]
    fn dendrons_are_read_field_by_field() {
        let records =
            [dendron_record(1, ACTIVE, "miner.example"), dendron_record(2, VALIDATOR, "")].concat();
        let page = decode(2, &records).unwrap();
        assert_eq!((page.total, page.records.len()), (2, 2));
        assert_eq!(page.pin, Pin { block: 9, parent: [8; 32] });
        let miner = &page.records[0];
        assert_eq!((miner.address, miner.netuid), (Address::new([1; 20]), NETUID));
        assert_eq!((miner.role, miner.is_active), (Role::Miner, true));
        assert_eq!((miner.stake, miner.registered_at), (Amount::from_hetu(200), 7));
        assert_eq!(miner.last_update, 1_700_000_000);
        assert_eq!(miner.endpoint, RawEndpoint::new("miner.example", 8_091));
        assert_eq!(miner.metrics_endpoint, RawEndpoint::new("", 9_090));
        assert_eq!((page.records[1].role, page.records[1].is_active), (Role::Validator, false));
    }

    #[test]
    fn a_text_that_is_none_keeps_its_dendron_readable() {
        let mut record = dendron_record(1, ACTIVE, "ab");
        let end = record.len() - 2;
        record[end - 2] = 0xff;
        let page = decode(1, &record).unwrap();
        assert_eq!(page.records[0].endpoint.host, "\u{fffd}b");
    }

    #[test]
    fn records_that_are_cut_off_or_unknown_are_refused() {
        let record = dendron_record(1, ACTIVE, "miner.example");
        for length in 1..record.len() {
            let error = decode(1, &record[..length]).unwrap_err();
            assert!(error.contains("cut off"), "{length}: {error}");
        }
        let error = decode(1, &dendron_record(1, 0x20, "")).unwrap_err();
        assert!(error.contains("flags"), "{error}");
        let error = decode(1, &dendron_record(1, ACTIVE, &"x".repeat(256))).unwrap_err();
        assert!(error.contains("256 bytes"), "{error}");
    }

    #[test]
    fn rules_that_are_neither_true_nor_false_are_refused() {
        let mut record = vec![0; 108];
        record[1] = 5;
        let read = |record: &[u8]| rules(&mut RecordReader::new(record));
        assert_eq!(read(&record).unwrap().0, NetUid::new(5));
        record[58] = 2;
        assert!(read(&record).unwrap_err().contains("truth value"));
    }

    #[test]
    fn rows_of_weights_have_as_many_entries_as_they_say() {
        let row = |entries: u16| {
            let entry = [&[2; 20][..], &65_535_u128.to_be_bytes()].concat();
            [&[1; 20][..], &12_u64.to_be_bytes(), &entries.to_be_bytes(), &entry].concat()
        };
        let read = |bytes: &[u8]| weight_row(&mut RecordReader::new(bytes));
        let weight = Weight { dendron: Address::new([2; 20]), weight: 65_535 };
        let expected = WeightRow {
            validator: Address::new([1; 20]),
            last_set: Some(12),
            weights: vec![weight],
        };
        assert_eq!(read(&row(1)), Ok(expected));
        assert!(read(&row(u16::MAX)).is_err());
    }

    #[test]
    fn the_outcome_of_a_creation_is_told_from_other_reverts() {
        let encoded = |selector: [u8; 4], bytes: &[u8]| {
            [&selector[..], &AbiEncode::encode((Bytes::from(bytes.to_vec()),))].concat()
        };
        let result = encoded(lens_call::LensResult::selector(), b"yes");
        assert_eq!(creation_outcome(&result), Some(Ok(b"yes".to_vec())));
        let failure = encoded(lens_call::LensFailure::selector(), b"");
        assert_eq!(creation_outcome(&failure), Some(Err(Vec::new())));
        assert_eq!(creation_outcome(&result[..40]), None);
        assert_eq!(creation_outcome(b""), None);
        assert!(creation_code(b"call").starts_with(&CALL_CODE));
        assert!(!RUNTIME_CODE.is_empty());
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = decode(3, &bytes);
            let _ = subnet(&mut RecordReader::new(&bytes));
            let _ = rules(&mut RecordReader::new(&bytes));
            let _ = weight_row(&mut RecordReader::new(&bytes));
            let _ = dendrons(Address::ZERO, Address::ZERO, NETUID, 0, 1).decode(&bytes);
            let _ = creation_outcome(&bytes);
        }

        #[test]
        fn whole_records_are_read_to_the_last(accounts in prop::collection::vec(any::<u8>(), 0..40)) {
            let records: Vec<_> =
                accounts.iter().flat_map(|&account| dendron_record(account, ACTIVE, "h")).collect();
            let read = decode(1, &records).unwrap().records;
            prop_assert_eq!(read.len(), accounts.len());
        }
    }
}
