//! The known differences, as listed in the reference.

use serde_json::Value;

use super::run::Observation;

const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/devnet.md");

/// The text shown for a field that a node leaves out.
const ABSENT: &str = "absent";

/// An intended difference. `*` stands for any text in each of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    method: String,
    field: String,
    ours: String,
    theirs: String,
}

impl Known {
    pub(crate) fn covers(&self, observation: &Observation) -> bool {
        let difference = &observation.difference;
        matches(&self.method, &observation.method)
            && matches(&self.field, &difference.field)
            && matches(&self.ours, &shown(difference.ours.as_ref()))
            && matches(&self.theirs, &shown(difference.theirs.as_ref()))
    }
}

/// Returns every difference that the reference lists.
pub(crate) fn known() -> Vec<Known> {
    let page = std::fs::read_to_string(REFERENCE)
        .unwrap_or_else(|error| panic!("{REFERENCE}, which lists the differences: {error}"));
    listed(&page)
}

/// Returns the rows of the tables in `page` that begin with code. Every cell but the last, which
/// gives the reason, has to be code.
fn listed(page: &str) -> Vec<Known> {
    page.lines().filter(|line| line.starts_with("| `")).map(row).collect()
}

fn row(line: &str) -> Known {
    let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
    let code = |cell: &str| cell.strip_prefix('`')?.strip_suffix('`').map(str::to_owned);
    let parts: Option<Vec<String>> = cells.iter().take(4).map(|cell| code(cell)).collect();
    match (parts.as_deref(), cells.get(4..)) {
        (Some([method, field, ours, theirs]), Some([reason])) if !reason.is_empty() => Known {
            method: method.clone(),
            field: field.clone(),
            ours: ours.clone(),
            theirs: theirs.clone(),
        },
        _ => panic!("not a method, a field, two answers and a reason: {line}"),
    }
}

/// Formats a value as the list of differences does.
pub(crate) fn shown(value: Option<&Value>) -> String {
    match value {
        None => ABSENT.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Returns `true` if `text` matches `pattern`, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(text) = text.strip_prefix(start) else {
        return false;
    };
    (0..=text.len()).any(|at| text.get(at..).is_some_and(|text| matches(rest, text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_read_from_the_tables() {
        let page =
            "# A page\n\n| method | why |\n|---|---|\n| `a` | `b[]` | `1` | `*` | so it is |\n";
        let expected =
            Known { method: "a".into(), field: "b[]".into(), ours: "1".into(), theirs: "*".into() };
        assert_eq!(listed(page), [expected]);
    }

    #[test]
    #[should_panic(expected = "and a reason")]
    fn a_difference_has_a_reason() {
        listed("| `a` | `b` | `1` | `2` | |");
    }

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("a*c", "abbc"));
        assert!(matches("a*", "a"));
        assert!(matches("*b*", "abc"));
        assert!(!matches("a*c", "ab"));
        assert!(!matches("ab", "abc"));
    }
}
