//! The measurements, as a table and as JSON.

use std::fmt::Write;

use serde::Serialize;

use crate::crypto::Crypto;
use crate::exchange::{Exchange, Peer};
use crate::fan_out::FanOut;

#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) crypto: Crypto,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) fan_out: FanOut,
}

impl Figures {
    pub(crate) fn to_markdown(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).unwrap();
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        self.write_exchanges(text)?;
        self.write_targets(text)
    }

    fn write_exchanges(&self, text: &mut String) -> std::fmt::Result {
        writeln!(
            text,
            "| bytes | at once | peer | requests/s | p50 | p99 | server CPU | client CPU | requests/s : bare | p50 : bare | server CPU : bare | failed |"
        )?;
        writeln!(text, "|---|---|---|---|---|---|---|---|---|---|---|---|")?;
        for one in &self.exchanges {
            writeln!(
                text,
                "| {} | {} | {} | {:.0} | {:.0} us | {:.0} us | {:.1} us | {:.1} us | {:.3} | {:.2} | {:.2} | {} |",
                one.bytes,
                one.concurrency,
                one.peer.name(),
                one.requests_a_second,
                one.p50_us,
                one.p99_us,
                one.server_us,
                one.client_us,
                one.rate_ratio,
                one.p50_ratio,
                one.server_ratio,
                one.failed,
            )?;
        }
        Ok(())
    }

    fn write_targets(&self, text: &mut String) -> std::fmt::Result {
        let Crypto { sign_us, recover_us } = self.crypto;
        writeln!(
            text,
            "\nThe curve alone: {sign_us:.1} us to sign, {recover_us:.1} us to recover.\n"
        )?;
        writeln!(text, "| target | measured |")?;
        writeln!(text, "|---|---|")?;
        let session = self.find(Peer::Session, 1_024, 32);
        let alone = self.find(Peer::Session, 1_024, 1);
        let wallet = self.find(Peer::Wallet, 1_024, 32);
        let bare = self.find(Peer::BareHttp, 1_024, 32);
        writeln!(
            text,
            "| session, 1 KiB: server CPU at most 1.6 of the bare server's | {:.2} |",
            session.server_ratio
        )?;
        writeln!(
            text,
            "| session, 1 KiB: 0.70 of the bare server's requests/s | {:.2} |",
            session.rate_ratio
        )?;
        writeln!(
            text,
            "| session, 1 KiB, one at a time: p50 at most 1.4 of the bare one | {:.2} |",
            alone.p50_ratio
        )?;
        let allowed = sign_us + recover_us + 1.8 * bare.server_us;
        writeln!(
            text,
            "| wallet, 1 KiB: server CPU at most one verify, one sign and 1.8 of the bare server's: {allowed:.1} us | {:.1} us |",
            wallet.server_us
        )?;
        let a_core = 1e6 / wallet.server_us;
        writeln!(
            text,
            "| wallet: 9,500 requests/s for each core of a server, 0.10 of the bare one | {a_core:.0}, {:.3} |",
            bare.server_us / wallet.server_us
        )?;
        let FanOut { targets, bare_ms, broadcast_ms, ratio, failed } = self.fan_out;
        writeln!(
            text,
            "| {targets} miners at once, by wallet: at most 1.3 of bare HTTP with the same curve ({bare_ms:.1} ms) | {broadcast_ms:.1} ms, {ratio:.2}, {failed} rounds failed |"
        )?;
        let refused: u64 = self.exchanges.iter().map(|one| one.failed).sum();
        writeln!(text, "| honest requests that were refused, of all above: 0 | {refused} |")
    }

    fn find(&self, peer: Peer, bytes: usize, concurrency: usize) -> &Exchange {
        let is_it = |one: &&Exchange| {
            one.peer == peer && one.bytes == bytes && one.concurrency == concurrency
        };
        self.exchanges.iter().find(is_it).unwrap()
    }
}

impl Peer {
    const fn name(self) -> &'static str {
        match self {
            Self::BareHttp => "bare HTTP",
            Self::BareHttpSigned => "bare HTTP, signed both ways",
            Self::Session => "Xylem and Phloem, in a session",
            Self::Wallet => "Xylem and Phloem, by wallet",
        }
    }
}
