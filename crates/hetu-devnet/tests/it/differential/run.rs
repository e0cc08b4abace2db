//! Runs of a scenario on a devnet and on anvil.

use std::collections::HashMap;
use std::fmt;

use hetu_chain::Amount;
use hetu_devnet::Devnet;
use serde_json::{Value, json};

use super::anvil;
use super::compare::{Difference, Names, are_close_estimates, are_close_seconds};
use super::differences::shown;
use super::peer::Peer;
use super::script::{Expected, Keep, Request, Scenario, Step, Transport};
use super::{BALANCE, BASE_FEE, BLOCK_GAS_LIMIT, CHAIN_ID};

/// The field that reports a result of one node and an error of the other.
const OUTCOME: &str = "outcome";

/// A difference between two answers.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    pub(crate) scenario: &'static str,
    pub(crate) method: String,
    pub(crate) difference: Difference,
}

impl fmt::Display for Observation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, method, difference } = self;
        write!(
            formatter,
            "{scenario}: {method} {}: hetu-devnet: {} | anvil: {}",
            difference.field,
            shown(difference.ours.as_ref()),
            shown(difference.theirs.as_ref())
        )
    }
}

/// The result of a scenario.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) observations: Vec<Observation>,
    /// Errors in the scenario itself, or answers that a node did not give.
    pub(crate) faults: Vec<String>,
}

/// Runs `scenario` on two new chains.
pub(crate) async fn run(scenario: Scenario) -> Report {
    let name = scenario.name;
    // The scenario runs in a task of its own, so that a panic ends one scenario and not all.
    tokio::spawn(compared(scenario)).await.unwrap_or_else(|error| {
        let panic = error.into_panic();
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        Report { faults: vec![format!("{name}: {message}")], ..Report::default() }
    })
}

async fn compared(scenario: Scenario) -> Report {
    let builder = Devnet::builder()
        .with_contracts(false)
        .chain_id(CHAIN_ID)
        .balance(Amount::from_hetu(BALANCE))
        .base_fee(BASE_FEE)
        .block_gas_limit(BLOCK_GAS_LIMIT);
    let devnet = builder.start().await.unwrap();
    let anvil = anvil::spawn().await;
    let mut pair = Pair {
        scenario: scenario.name,
        ours: Side::new("hetu-devnet", &devnet.address().to_string()),
        theirs: Side::new("anvil", &anvil.address().to_string()),
        names: Names::default(),
        report: Report::default(),
    };
    for step in &scenario.steps {
        if !pair.take(step).await {
            break;
        }
    }
    pair.report
}

/// A node, and its answers so far.
#[derive(Debug)]
struct Side {
    peer: Peer,
    kept: HashMap<&'static str, Value>,
}

impl Side {
    fn new(name: &'static str, address: &str) -> Self {
        Self { peer: Peer::new(name, address), kept: HashMap::new() }
    }

    async fn ask(&mut self, request: &Request) -> Value {
        let params = self.resolve(&request.params);
        match request.transport {
            Transport::Http => self.peer.ask(request.method, &params).await,
            Transport::WebSocket => self.peer.ask_over_websocket(request.method, &params).await,
        }
    }

    /// Sends a body unchanged, and returns the status and the body of the answer.
    async fn post(&self, body: &str) -> Value {
        let (status, body) = self.peer.post(body.to_owned()).await;
        json!({"status": status.as_u16(), "body": body})
    }

    async fn mined(&self, label: &str) {
        self.peer.mined(&self.kept[label]).await;
    }

    async fn notification(&mut self, label: &str) -> Value {
        self.peer.notification(&self.kept[label]).await
    }

    /// Returns `params` with references replaced by their values.
    fn resolve(&self, params: &Value) -> Value {
        match params {
            Value::String(text) => match text.strip_prefix('$') {
                Some(reference) => self.kept(reference),
                None => params.clone(),
            },
            Value::Array(items) => items.iter().map(|item| self.resolve(item)).collect(),
            Value::Object(fields) => {
                let fields = fields.iter();
                fields.map(|(key, value)| (key.clone(), self.resolve(value))).collect()
            }
            _ => params.clone(),
        }
    }

    fn kept(&self, reference: &str) -> Value {
        let (label, pointer) = match reference.split_once('/') {
            Some((label, _)) => (label, &reference[label.len()..]),
            None => (reference, ""),
        };
        let kept = self.kept.get(label).and_then(|value| value.pointer(pointer));
        kept.unwrap_or_else(|| panic!("nothing was kept as ${reference}")).clone()
    }
}

#[derive(Debug)]
struct Pair {
    scenario: &'static str,
    ours: Side,
    theirs: Side,
    names: Names,
    report: Report,
}

impl Pair {
    /// Runs `step`. Returns `false` if the later steps cannot be compared.
    async fn take(&mut self, step: &Step) -> bool {
        match step {
            Step::Ask(request) => self.ask(request).await,
            Step::Post(body) => {
                self.post(body).await;
                true
            }
            Step::Mined(label) => {
                tokio::join!(self.ours.mined(label), self.theirs.mined(label));
                true
            }
            Step::Notified(label) => {
                self.notified(label).await;
                true
            }
        }
    }

    async fn ask(&mut self, request: &Request) -> bool {
        let (ours, theirs) = tokio::join!(self.ours.ask(request), self.theirs.ask(request));
        self.check_expectation(request, &ours);
        if ours.get("error").is_some() != theirs.get("error").is_some() {
            let difference = Difference {
                field: OUTCOME.to_owned(),
                ours: Some(outcome(ours)),
                theirs: Some(outcome(theirs)),
            };
            self.observe(request.method, vec![difference]);
            // The later steps depend on a result that one side lacks.
            return request.keep == Keep::Nothing;
        }
        match request.keep {
            Keep::Nothing => {}
            Keep::Result(label) => self.keep(label, &ours, &theirs),
            Keep::Handle(label) => {
                self.keep(label, &ours, &theirs);
                self.link_handles(&ours, &theirs);
            }
        }
        if is_same_by_meaning(request.method, &ours["result"], &theirs["result"]) {
            return true;
        }
        let differences = self.names.compare(&ours, &theirs);
        self.observe(request.method, differences);
        true
    }

    async fn post(&mut self, body: &str) {
        let (ours, theirs) = tokio::join!(self.ours.post(body), self.theirs.post(body));
        let differences = self.names.compare(&ours, &theirs);
        self.observe("a request", differences);
    }

    async fn notified(&mut self, label: &str) {
        let (ours, theirs) =
            tokio::join!(self.ours.notification(label), self.theirs.notification(label));
        let differences = self.names.compare(&ours, &theirs);
        self.observe("eth_subscription", differences);
    }

    /// Checks our answer against the scenario, so that two nodes with the same error do not pass.
    /// The comparison checks that anvil agrees.
    fn check_expectation(&mut self, request: &Request, ours: &Value) {
        let is_error = ours.get("error").is_some();
        if is_error != (request.expected == Expected::Error) {
            let Request { method, params, .. } = request;
            self.report.faults.push(format!(
                "{}: the answer to {method} {params} is not as expected: {ours}",
                self.scenario
            ));
        }
    }

    fn keep(&mut self, label: &'static str, ours: &Value, theirs: &Value) {
        for (side, answer) in [(&mut self.ours, ours), (&mut self.theirs, theirs)] {
            side.kept.insert(label, answer["result"].clone());
        }
    }

    /// Links two handles if both have the form of a handle.
    fn link_handles(&mut self, ours: &Value, theirs: &Value) {
        if let (Some(ours), Some(theirs)) = (handle(ours), handle(theirs)) {
            self.names.link(ours, theirs);
        }
    }

    fn observe(&mut self, method: &str, differences: Vec<Difference>) {
        let scenario = self.scenario;
        let observed = differences.into_iter().map(|difference| Observation {
            scenario,
            method: method.to_owned(),
            difference,
        });
        self.report.observations.extend(observed);
    }
}

/// Returns `true` for results that can differ without a difference in meaning.
fn is_same_by_meaning(method: &str, ours: &Value, theirs: &Value) -> bool {
    match method {
        "eth_estimateGas" => are_close_estimates(ours, theirs),
        // The lead of the chain over the clock, which runs on.
        "evm_increaseTime" => are_close_seconds(ours, theirs),
        _ => false,
    }
}

fn handle(answer: &Value) -> Option<&str> {
    let text = answer["result"].as_str()?;
    text.starts_with("0x").then_some(text)
}

/// Describes the error, or the result if there is no error.
fn outcome(answer: Value) -> Value {
    let text = match answer.get("error") {
        Some(error) => format!("error {}: {}", error["code"], shown(error.get("message"))),
        None => format!("result {}", shown(answer.get("result"))),
    };
    text.into()
}
