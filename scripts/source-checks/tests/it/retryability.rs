use hetu_source_checks::names::Names;
use hetu_source_checks::retryability::{Answer, Answers, answers};

/// Returns the answers of the only type of a crate, or `None` if they cannot be read.
fn read(body: &str) -> Option<Answers> {
    let source = format!(
        "pub enum Problem {{}}\nimpl Retryable for Problem {{\n\
         fn retryability(&self) -> Retryability {{ {body} }} }}"
    );
    let tree = super::read(&[("src/lib.rs", &source)]).unwrap();
    let found = answers(&tree, &Names::new(&tree)).ok()?;
    found.into_values().next()
}

fn named(body: &str, variant: &str) -> Answer {
    read(body).unwrap().named[variant]
}

#[test]
fn arms_answer_for_the_variants_they_name_and_the_last_for_the_rest() {
    let body = "match self { Self::Busy { .. } | Self::Lost => Retryability::Retryable,
        Self::Node(error) => error.retryability(), _ => { Retryability::Final } }";
    let answers = read(body).unwrap();
    assert_eq!(answers.rest, Some(Answer::Final));
    assert_eq!(answers.named["Busy"], Answer::Retryable);
    assert_eq!(answers.named["Lost"], Answer::Retryable);
    assert_eq!(answers.named["Node"], Answer::AsCause);
}

#[test]
fn guard_or_value_that_changes_the_answer_is_by_value() {
    let guard = "match self { Self::Http(code) if *code > 499 => Retryability::Retryable,
        _ => Retryability::Final }";
    assert_eq!(named(guard, "Http"), Answer::ByValue);
    let value = "match self { Self::Http { code: 503 } => Retryability::Retryable,
        Self::Http { .. } => Retryability::Final, Self::Lost => Retryability::Final }";
    assert_eq!(named(value, "Http"), Answer::ByValue);
    let inside = "match self { Self::Start(source) => match source.kind() {
        Kind::Busy => Retryability::Retryable, _ => Retryability::Final } }";
    assert_eq!(named(inside, "Start"), Answer::ByValue);
}

#[test]
fn guard_without_effect_on_the_answer_keeps_it() {
    let body = "match self { Self::Http(code) if *code > 499 => Retryability::Final,
        _ => Retryability::Final }";
    assert_eq!(named(body, "Http"), Answer::Final);
}

#[test]
fn answer_of_a_whole_type_is_its_rest() {
    assert_eq!(read("Retryability::Final").unwrap().rest, Some(Answer::Final));
    assert_eq!(read("self.reason.retryability()").unwrap().rest, Some(Answer::AsCause));
}

#[test]
fn form_that_is_not_understood_is_refused() {
    assert_eq!(read("decide(self)"), None);
    assert_eq!(read("match self { Self::Busy => decide(), _ => Retryability::Final }"), None);
}
