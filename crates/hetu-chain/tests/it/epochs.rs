//! The arithmetic of epochs.

use hetu_chain::stakework::{
    Decimal, EpochInput, EpochNode, EpochParameters, InvalidEpoch, LiquidAlpha, NodeOutcome, Rules,
};
use hetu_chain::{Address, Amount};
use proptest::prelude::*;

use crate::setup::chain;

const BLOCK: u64 = 10_000;

fn account(number: u8) -> Address {
    Address::new([number; 20])
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn amounts(nodes: &[NodeOutcome], amount: fn(&NodeOutcome) -> Amount) -> Vec<u128> {
    nodes.iter().map(|node| amount(node).to_wei().unwrap()).collect()
}

/// Returns a validator that sets weights for the accounts 1, 2, 3 and so on.
fn voter(number: u8, stake: u64, weights: &[&str]) -> EpochNode {
    let weights = weights.iter().zip(1..).map(|(weight, to)| (account(to), decimal(weight)));
    EpochNode::validator(account(number), Amount::from_hetu(stake))
        .active_at(BLOCK)
        .with_weights(weights.collect())
}

fn miner(number: u8) -> EpochNode {
    EpochNode::miner(account(number), Amount::from_hetu(200)).active_at(BLOCK)
}

fn epoch(nodes: Vec<EpochNode>) -> EpochInput {
    EpochInput::new(BLOCK, Amount::from_hetu(1)).with_nodes(nodes)
}

/// Returns three nodes that set weights for each other.
fn circle() -> EpochInput {
    epoch(vec![
        voter(1, 500, &["0", "0.2", "0.8"]),
        voter(2, 300, &["0.1", "0", "0.9"]),
        voter(3, 200, &["0.5", "0.5", "0"]),
    ])
}

#[test]
fn the_published_rules_give_the_published_chains_numbers_to_the_last_digit() {
    let outcome = circle().run(Rules::Published).unwrap();
    let consensus: Vec<_> = outcome.nodes.iter().map(|node| f64::from(node.consensus)).collect();
    assert_eq!(consensus, [0.0, 0.2, 0.8]);
    assert_eq!(
        amounts(&outcome.nodes, |node| node.incentive),
        [221_702_170_993_005_543, 274_987_699_369_687_533, 503_310_129_637_306_924]
    );
    assert_eq!(
        amounts(&outcome.nodes, |node| node.dividend),
        [200_000_000_000_000_011, 233_333_333_333_333_309, 566_666_666_666_666_763]
    );
    assert_eq!(
        amounts(&outcome.nodes, |node| node.emission),
        [421_702_170_993_005_554, 508_321_032_703_020_842, 1_069_976_796_303_973_687]
    );
}

#[test]
fn the_published_rules_pay_half_more_than_the_emission() {
    let outcome = circle().run(Rules::Published).unwrap();
    assert_eq!(outcome.paid(), "1.5".parse().unwrap());
    let nobody_works = epoch(vec![voter(1, 500, &[]).with_bonds(vec![(account(1), Decimal::ONE)])]);
    assert_eq!(nobody_works.run(Rules::Published).unwrap().paid(), Amount::from_hetu(1));
}

#[test]
fn the_documented_rules_pay_the_emission_half_for_work_and_half_for_judging() {
    let outcome = circle().run(Rules::Documented).unwrap();
    assert_eq!(outcome.paid(), Amount::from_hetu(1));
    // Another program calculated these with 60 digits.
    let expected = ["0.221702170993005544", "0.274987699369687524", "0.503310129637306931"];
    for (node, expected) in outcome.nodes.iter().zip(expected.map(decimal)) {
        let error = node.incentive_share.units().abs_diff(expected.units());
        assert!(error <= 3, "{} is not {expected}", node.incentive_share);
        assert_eq!(node.dividend_share, decimal("0.333333333333333333"));
        assert_eq!(node.payment, node.incentive.saturating_add(node.dividend));
    }
    let dividends = amounts(&outcome.nodes, |node| node.dividend);
    let third = 166_666_666_666_666_666;
    assert_eq!(dividends, [third + 1, third + 1, third]);
}

#[test]
fn dividends_go_to_the_judge_by_the_documents_and_to_the_judged_on_the_published_chain() {
    let nodes = epoch(vec![voter(1, 500, &["0", "1"]), miner(2)]);
    let documented = nodes.run(Rules::Documented).unwrap();
    let half = "0.5".parse().unwrap();
    assert_eq!((documented.nodes[0].dividend, documented.nodes[0].incentive), (half, Amount::ZERO));
    assert_eq!((documented.nodes[1].dividend, documented.nodes[1].incentive), (Amount::ZERO, half));
    // This validator holds most of the stake, so its weight is the consensus.
    let published = nodes.run(Rules::Published).unwrap();
    assert_eq!(published.nodes[0].payment, Amount::ZERO);
    assert_eq!(published.nodes[1].payment, "1.5".parse().unwrap());
}

#[test]
fn miners_vote_on_the_published_chain_only() {
    let mut vain = miner(3);
    vain.stake = Amount::from_hetu(10_000);
    vain.weights = vec![(account(3), Decimal::ONE)];
    let nodes = epoch(vec![voter(1, 500, &["0", "1"]), miner(2), vain]);
    assert_eq!(nodes.run(Rules::Documented).unwrap().nodes[2].payment, Amount::ZERO);
    assert!(nodes.run(Rules::Published).unwrap().nodes[2].payment > Amount::from_hetu(1));
}

#[test]
fn a_minority_cannot_lift_a_weight_above_the_consensus() {
    let parameters = parameters(|parameters| parameters.delta = decimal("0.000000000000000001"));
    let nodes = vec![
        voter(1, 499, &["0", "0", "0", "1"]),
        voter(2, 501, &["0", "0", "1", "0"]),
        miner(3),
        miner(4),
    ];
    let outcome = epoch(nodes).with_parameters(parameters).run(Rules::Documented).unwrap();
    let [liar, honest, worker, friend] = &outcome.nodes[..] else { panic!("four nodes") };
    assert_eq!((worker.consensus, friend.consensus), (Decimal::ONE, Decimal::ZERO));
    assert!(friend.incentive_share < decimal("0.000000001"), "{}", friend.incentive_share);
    assert!(friend.trust < decimal("0.000000000000000002"), "{}", friend.trust);
    assert_eq!((worker.trust, honest.validator_trust), (Decimal::ONE, Decimal::ONE));
    assert!(liar.validator_trust < decimal("0.000000000000000002"), "{}", liar.validator_trust);
}

fn parameters(change: impl FnOnce(&mut EpochParameters)) -> EpochParameters {
    let mut parameters = EpochParameters::default();
    change(&mut parameters);
    parameters
}

#[test]
fn exactly_kappa_of_the_stake_is_enough() {
    // The shares are a sixth, a third and a half. They have no finite decimal form, but the sums of
    // the stakes are exact.
    let nodes = |stakes: [u64; 3]| {
        epoch(vec![
            voter(1, stakes[0], &["0.5", "0.5"]),
            voter(2, stakes[1], &["0.5", "0.5"]),
            voter(3, stakes[2], &["0", "1"]),
        ])
    };
    let consensus = |stakes| nodes(stakes).run(Rules::Documented).unwrap().nodes[1].consensus;
    assert_eq!(consensus([1, 2, 3]), decimal("0.5"));
    assert_eq!(consensus([1, 1, 3]), Decimal::ONE);
}

#[test]
fn nobody_is_paid_where_nobody_has_stake() {
    let mut poor = voter(1, 0, &["0", "1"]);
    poor.bonds = vec![(account(2), Decimal::ONE)];
    let outcome = epoch(vec![poor.clone(), miner(2)]).run(Rules::Documented).unwrap();
    assert_eq!(outcome.paid(), Amount::ZERO);
    assert_eq!(outcome.nodes[0].bonds, poor.bonds, "nobody decided otherwise");
    for rules in [Rules::Documented, Rules::Published] {
        assert_eq!(epoch(Vec::new()).run(rules).unwrap().nodes, []);
    }
}

#[test]
fn who_was_silent_for_too_long_neither_votes_nor_earns() {
    let cutoff = EpochParameters::default().activity_cutoff;
    let at = |last_active| {
        let nodes = vec![
            voter(1, 500, &["0", "1"]),
            miner(2).active_at(last_active),
            voter(3, 9_000, &["1"]).active_at(last_active),
        ];
        epoch(nodes).run(Rules::Documented).unwrap()
    };
    let silent = at(BLOCK - cutoff - 1);
    assert_eq!(amounts(&silent.nodes, |node| node.payment), [10_u128.pow(18), 0, 0]);
    assert!(!silent.nodes[1].is_active);
    let heard = at(BLOCK - cutoff);
    assert!(heard.nodes[2].payment > Amount::ZERO && heard.nodes[1].is_active);
    assert!(at(u64::MAX).nodes[1].is_active, "a node may be seen after the epoch's block");
}

#[test]
fn weights_count_by_their_proportions_in_the_documents() {
    let paid = |weights: &[&str]| {
        let nodes = vec![voter(1, 500, weights), miner(2), miner(3)];
        amounts(&epoch(nodes).run(Rules::Documented).unwrap().nodes, |node| node.payment)
    };
    let largest = "340282366920938463463.374607431768211455";
    assert_eq!(paid(&["0", "1", "3"]), paid(&["0", "20", "60"]));
    assert_eq!(paid(&["0", "1", "1"]), paid(&["0", largest, largest]));
}

#[test]
fn bonds_follow_the_weights_from_epoch_to_epoch() {
    let mut input = epoch(vec![voter(1, 500, &["0", "1"]), miner(2)]);
    input.parameters.bonds_moving_average = decimal("0.1");
    let mut bonds = Vec::new();
    for _ in 0..3 {
        let outcome = input.run(Rules::Documented).unwrap();
        input.nodes[0].bonds.clone_from(&outcome.nodes[0].bonds);
        bonds.push(outcome.nodes[0].bonds[0].1);
    }
    assert_eq!(bonds, ["0.1", "0.19", "0.271"].map(decimal));
}

#[test]
fn liquid_bonds_follow_faster_where_a_validator_differs() {
    let first_bond = |liquid_alpha| {
        let parameters = parameters(|parameters| parameters.liquid_alpha = liquid_alpha);
        let nodes = vec![
            voter(1, 499, &["0", "0", "0", "1"]),
            voter(2, 501, &["0", "0", "1", "0"]),
            miner(3),
            miner(4),
        ];
        let outcome = epoch(nodes).with_parameters(parameters).run(Rules::Documented).unwrap();
        [0, 1].map(|judge: usize| outcome.nodes[judge].bonds[0].1)
    };
    assert_eq!(first_bond(None), [decimal("0.9"); 2]);
    let [differs, agrees] = first_bond(Some(LiquidAlpha::default()));
    // The values 0.01 + 0.98 / (1 + e^-5) and 0.01 + 0.98 / (1 + e^5), calculated with 60 digits.
    let expected = [decimal("0.983441006094200841"), decimal("0.016558993905799158")];
    for (found, expected) in [differs, agrees].into_iter().zip(expected) {
        assert!(found.units().abs_diff(expected.units()) <= 3, "{found} is not {expected}");
    }
}

#[test]
fn accounts_that_have_left_do_not_count() {
    let stays = epoch(vec![voter(1, 500, &["0", "1"]), miner(2)]);
    let mut left = stays.clone();
    left.nodes[0].weights.push((account(9), decimal("7")));
    left.nodes[0].bonds.push((account(9), decimal("1")));
    for rules in [Rules::Documented, Rules::Published] {
        assert_eq!(left.run(rules), stays.run(rules));
    }
}

#[test]
fn input_that_contradicts_itself_is_refused() {
    let refused = |input: EpochInput| input.run(Rules::Documented).unwrap_err();
    let twice = refused(epoch(vec![miner(1), miner(1)]));
    assert_eq!(twice, InvalidEpoch::DuplicateNode { account: account(1) });
    let row = vec![(account(2), Decimal::ONE), (account(2), Decimal::ONE)];
    for node in [miner(1).with_weights(row.clone()), miner(1).with_bonds(row)] {
        let error = refused(epoch(vec![node, miner(2)]));
        let (account, destination) = (account(1), account(2));
        assert_eq!(error, InvalidEpoch::DuplicateDestination { account, destination });
    }
    let mut endless = epoch(vec![miner(1)]);
    endless.emission = Amount::MAX;
    assert_eq!(refused(endless), InvalidEpoch::EmissionTooLarge);
    let crowd = |number: u32| {
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        EpochNode::miner(Address::new(bytes), Amount::ZERO)
    };
    let error = refused(epoch((0..=65_536).map(crowd).collect()));
    assert_eq!(error, InvalidEpoch::TooManyNodes { count: 65_537 });
}

#[test]
fn parameters_outside_their_bounds_are_refused_by_name() {
    type Change = fn(&mut EpochParameters);
    const TWO: Decimal = Decimal::from_integer(2);
    const fn liquid(low: Decimal, high: Decimal, steepness: Decimal) -> Option<LiquidAlpha> {
        Some(LiquidAlpha { low, high, steepness })
    }
    let changes: [(&str, Change); 7] = [
        ("kappa", |it| it.kappa = TWO),
        ("delta", |it| it.delta = Decimal::ZERO),
        ("rho", |it| it.rho = TWO),
        ("bonds_moving_average", |it| it.bonds_moving_average = TWO),
        ("liquid_alpha.low", |it| it.liquid_alpha = liquid(Decimal::ONE, Decimal::ONE, TWO)),
        ("liquid_alpha.high", |it| it.liquid_alpha = liquid(Decimal::ONE, TWO, TWO)),
        ("liquid_alpha.steepness", |it| {
            it.liquid_alpha = liquid(Decimal::ZERO, Decimal::ONE, Decimal::ZERO);
        }),
    ];
    for (name, change) in changes {
        let error = circle().with_parameters(parameters(change)).run(Rules::Published).unwrap_err();
        assert_eq!(error, InvalidEpoch::Parameter { name });
    }
}

#[tokio::test]
async fn a_subnets_hyperparameters_mean_what_either_rules_make_of_them() {
    let chain = chain().await;
    let netuid = chain.active_subnet().await;
    let subnets = chain.connect().await;
    let hyperparameters = subnets.subnets().hyperparameters(netuid).await.unwrap();
    let documented = EpochParameters::of_subnet(Rules::Documented, &hyperparameters);
    // The ratios are 32767 of 65535, and 10 of 10000.
    assert_eq!(documented.kappa, decimal("0.499992370489051651"));
    assert_eq!((documented.rho, documented.activity_cutoff), (decimal("0.001"), 5_000));
    assert_eq!(documented.liquid_alpha, None);
    let published = EpochParameters::of_subnet(Rules::Published, &hyperparameters);
    assert_eq!((published.kappa, published.rho), (Decimal::ONE, decimal("0.001")));
    let liquid = published.liquid_alpha.unwrap();
    assert_eq!((liquid.low, liquid.high), (decimal("0.1"), decimal("0.9")));
    for (rules, parameters) in [(Rules::Documented, documented), (Rules::Published, published)] {
        assert!(circle().with_parameters(parameters).run(rules).is_ok());
    }
}

fn any_decimal() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        Just(Decimal::ZERO),
        Just(Decimal::MAX),
        (0..=10_u64.pow(18)).prop_map(|units| Decimal::from_units(units.into())),
        any::<u128>().prop_map(Decimal::from_units),
    ]
}

fn any_share() -> impl Strategy<Value = Decimal> {
    (0..=10_u64.pow(18)).prop_map(|units| Decimal::from_units(units.into()))
}

fn any_stake() -> impl Strategy<Value = Amount> {
    prop_oneof![
        Just(Amount::ZERO),
        Just(Amount::MAX),
        (0..10_000_u64).prop_map(Amount::from_hetu),
        any::<[u8; 32]>().prop_map(Amount::from_be_bytes),
    ]
}

fn any_node() -> impl Strategy<Value = EpochNode> {
    let row = || prop::collection::btree_map(0..12_u8, any_decimal(), 0..12);
    let activity = prop_oneof![Just(BLOCK), any::<u64>()];
    (any_stake(), any::<bool>(), activity, row(), row()).prop_map(
        |(stake, is_validator, last_active, weights, bonds)| {
            let mut node = EpochNode::miner(Address::ZERO, stake).active_at(last_active);
            let named = |(number, value)| (account(number), value);
            node.is_validator = is_validator;
            node.weights = weights.into_iter().map(named).collect();
            node.bonds = bonds.into_iter().map(named).collect();
            node
        },
    )
}

fn any_parameters() -> impl Strategy<Value = EpochParameters> {
    let delta = any_share().prop_map(|delta| delta.max(Decimal::from_units(1)));
    let liquid = prop::option::of((any_decimal(), any_share()).prop_map(|(steepness, low)| {
        let low = low.min(decimal("0.9"));
        let steepness = steepness.max(Decimal::from_units(1));
        LiquidAlpha { low, high: decimal("0.95"), steepness }
    }));
    (any_share(), delta, any_share(), any_share(), liquid).prop_map(
        |(kappa, delta, rho, bonds_moving_average, liquid_alpha)| {
            parameters(|parameters| {
                parameters.kappa = kappa;
                parameters.delta = delta;
                parameters.rho = rho;
                parameters.bonds_moving_average = bonds_moving_average;
                parameters.liquid_alpha = liquid_alpha;
            })
        },
    )
}

fn any_epoch() -> impl Strategy<Value = EpochInput> {
    let nodes = prop::collection::vec(any_node(), 0..10);
    (any::<u128>(), any_parameters(), nodes).prop_map(|(emission, parameters, mut nodes)| {
        for (node, number) in nodes.iter_mut().zip(0..) {
            node.account = account(number);
        }
        EpochInput::new(BLOCK, Amount::from_wei(emission))
            .with_nodes(nodes)
            .with_parameters(parameters)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn documented_epochs_pay_exactly_their_emission_or_nothing(input in any_epoch()) {
        let outcome = input.run(Rules::Documented).unwrap();
        let paid = outcome.paid();
        prop_assert!(paid == input.emission || paid.is_zero());
        for node in &outcome.nodes {
            prop_assert_eq!(node.payment, node.incentive.saturating_add(node.dividend));
            prop_assert!(node.is_active || node.payment.is_zero());
        }
    }

    #[test]
    fn the_order_of_the_nodes_does_not_matter(
        (input, shuffled) in any_epoch().prop_flat_map(|input| {
            let nodes = Just(input.nodes.clone()).prop_shuffle();
            (Just(input), nodes)
        }),
    ) {
        let by_account = |input: &EpochInput| {
            let mut nodes = input.run(Rules::Documented).unwrap().nodes;
            nodes.sort_by_key(|node| node.account);
            nodes.iter_mut().for_each(|node| node.bonds.sort());
            nodes
        };
        let other = input.clone().with_nodes(shuffled);
        prop_assert_eq!(by_account(&input), by_account(&other));
    }

    #[test]
    fn shares_stay_within_the_whole(input in any_epoch()) {
        let nodes = input.run(Rules::Documented).unwrap().nodes;
        for share in [
            |node: &NodeOutcome| node.rank,
            |node: &NodeOutcome| node.incentive_share,
            |node: &NodeOutcome| node.dividend_share,
        ] {
            let sum: u128 = nodes.iter().map(|node| share(node).units()).sum();
            prop_assert!(sum <= Decimal::ONE.units());
        }
        for node in &nodes {
            for part in [node.consensus, node.trust, node.validator_trust] {
                prop_assert!(part <= Decimal::ONE);
            }
        }
    }

    #[test]
    fn published_epochs_pay_at_most_one_and_a_half_times_their_emission(input in any_epoch()) {
        let outcome = input.run(Rules::Published).unwrap();
        let emission = input.emission.to_wei().unwrap();
        // The shares are floats. Their sum differs from one in the last digits.
        let surplus = Amount::from_wei(emission / 2 + emission / 10_u128.pow(12) + 1);
        prop_assert!(outcome.paid() <= input.emission.saturating_add(surplus));
    }

    #[test]
    fn a_higher_weight_never_lowers_an_incentive(
        weight in 1..1_000_u64, more in 0..1_000_u64, other in 1..1_000_u64, rho in any_share(),
    ) {
        let incentive = |weight: u64| {
            let weights = [0, weight, other].map(|weight| weight.to_string());
            let weights: Vec<_> = weights.iter().map(String::as_str).collect();
            let nodes = vec![voter(1, 500, &weights), miner(2), miner(3)];
            let parameters = parameters(|parameters| parameters.rho = rho);
            epoch(nodes).with_parameters(parameters).run(Rules::Documented).unwrap().nodes[1].incentive
        };
        prop_assert!(incentive(weight + more) >= incentive(weight));
    }
}
