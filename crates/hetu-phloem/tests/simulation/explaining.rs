//! Explanations of a choice, and reports.

use hetu_phloem::testkit::Conduct;
use hetu_phloem::{Exclusion, RouteOptions, SelectionMode, Sticky};

use crate::traffic::{Subnet, drive, equals, honest, seconds};

#[tokio::test(start_paused = true)]
async fn every_candidate_has_its_cost_and_its_reason() {
    let mut miners = equals(3);
    miners.push(honest().from(seconds(0), Conduct::Lies));
    miners.push(honest().slower_from(seconds(0), 20.0));
    let subnet = Subnet::new(5, miners);
    let router = subnet.router();
    drive(&subnet, &router, 100, seconds(5), &RouteOptions::default()).await;
    let left_out = subnet.targets()[0].address;
    let told = router.explain(&RouteOptions::default().exclude([left_out]));
    assert_eq!((told.strategy.as_str(), told.mode), ("blended", SelectionMode::Normal));
    let of = |place: usize| {
        let miner = subnet.targets()[place].address;
        told.candidates.iter().find(|report| report.miner == miner).unwrap()
    };
    assert_eq!(of(0).exclusion, Some(Exclusion::ByCaller));
    assert_eq!(of(1).exclusion, None);
    assert_eq!(of(3).exclusion, Some(Exclusion::WrongIdentity));
    assert_eq!(of(4).exclusion, Some(Exclusion::Slow));
    assert!(of(3).excluded_for_seconds.unwrap() > 30.0);
    assert!(of(1).cost_seconds > 0.0 && of(1).weight > 0.1);
    assert!(told.candidates[0].exclusion.is_none() && told.candidates[4].exclusion.is_some());
}

#[tokio::test(start_paused = true)]
async fn explanations_and_reports_are_for_programs_too() {
    let subnet = Subnet::new(5, equals(2));
    let router = subnet.router();
    drive(&subnet, &router, 50, seconds(2), &RouteOptions::default()).await;
    let options = RouteOptions::default().strategy(Sticky);
    let told = serde_json::to_value(router.explain(&options)).unwrap();
    assert_eq!(told["strategy"], "sticky");
    assert_eq!(told["mode"], "normal");
    assert!(told["candidates"][0]["cost_seconds"].as_f64().unwrap() > 0.0);
    assert!(told["candidates"][0]["exclusion"].is_null());
    let health = serde_json::to_value(router.network_health()).unwrap();
    assert_eq!((health["known"].as_u64(), health["healthy"].as_u64()), (Some(2), Some(2)));
    assert_eq!(health["success_rate"], 1.0);
    let (p50, p99) = (&health["latency_p50_seconds"], &health["latency_p99_seconds"]);
    assert!(p50.as_f64().unwrap() > 0.009 && p99.as_f64().unwrap() < 0.04, "{health}");
    let outcomes = &health["miners"][0]["outcomes"]["success"];
    assert!(outcomes.as_u64().unwrap() > 0);
}

#[tokio::test(start_paused = true)]
async fn a_report_counts_who_is_well_and_how_much_succeeds() {
    let mut miners = equals(3);
    miners.push(honest().from(seconds(0), Conduct::FailsFast));
    let subnet = Subnet::new(5, miners);
    let router = subnet.router();
    drive(&subnet, &router, 50, seconds(60), &RouteOptions::default()).await;
    let health = router.network_health();
    assert_eq!((health.known, health.mode), (4, SelectionMode::Normal));
    let rate = health.success_rate.unwrap();
    assert!((0.97..1.0).contains(&rate), "{rate}");
}
