//! Events as lines for people.

use hetu::chain::Amount;
use hetu::chain::model::ChainEvent;
use serde_json::{Map, Value};

/// Members with texts of the chain as values. All other digits in quotes are amounts.
const TEXTS: [&str; 5] = ["name", "description", "symbol", "host", "uri"];

/// Returns the event in words: its group, its name and its values, amounts in whole units.
pub(super) fn of_event(event: &ChainEvent) -> String {
    let value = serde_json::to_value(event);
    match value.as_ref().ok().and_then(named).and_then(|(group, rest)| Some((group, named(rest)?)))
    {
        Some((group, (name, members))) => {
            format!("{} {}{}", in_words(group), in_words(name), of_members(members))
        }
        // JSON here has no number above 64 bits, so such a number becomes text.
        None => serde_json::to_string(event).unwrap_or_default(),
    }
}

/// Returns the Unix time `seconds` as a date and a time of day in UTC. There is no date crate among
/// the dependencies, because no other line shows a date.
pub(super) fn of_time(seconds: u64) -> String {
    const DAY: u64 = 86_400;
    let (days, second) = (seconds / DAY, seconds % DAY);
    // Days in eras of 400 years that begin on 1 March, so that the leap day is the last.
    let days = days.saturating_add(719_468);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// Returns the only member of an object, which is how enums are serialized.
fn named(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    members.iter().next().map(|(name, value)| (name.as_str(), value))
}

fn in_words(name: &str) -> String {
    name.replace('_', " ")
}

fn of_members(value: &Value) -> String {
    match value {
        Value::Object(members) if members.is_empty() => String::new(),
        Value::Object(members) => format!(": {}", of_object(members)),
        Value::Null => String::new(),
        other => format!(": {}", of_value("", other)),
    }
}

fn of_object(members: &Map<String, Value>) -> String {
    let members = members.iter().filter(|(_, value)| !value.is_null());
    let shown =
        members.map(|(name, value)| format!("{} {}", in_words(name), of_value(name, value)));
    shown.collect::<Vec<_>>().join(", ")
}

fn of_value(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) if TEXTS.contains(&name) => format!("{text:?}"),
        Value::String(text) => {
            Amount::from_wei_str(text).map_or_else(|_| text.clone(), |amount| amount.to_string())
        }
        Value::Object(members) => format!("({})", of_object(members)),
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(|value| of_value(name, value)).collect();
            format!("[{}]", values.join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use hetu::Address;
    use hetu::chain::model::StakingEvent;

    use super::*;

    #[test]
    fn event_is_shown_in_words_and_whole_units() {
        let added = StakingEvent::Added { account: Address::ZERO, amount: Amount::from_hetu(5) };
        let expected =
            "staking added: account 0x0000000000000000000000000000000000000000, amount 5";
        assert_eq!(of_event(&ChainEvent::Staking(added)), expected);
        let value =
            serde_json::json!({ "name": "5\u{1b}", "rate": 7, "new_cost": "1500000000000000000" });
        assert_eq!(of_members(&value), ": name \"5\\u{1b}\", new cost 1.5, rate 7");
    }

    #[test]
    fn time_is_shown_as_date_in_utc() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_709_164_800, "2024-02-29 00:00:00 UTC"),
            (1_735_689_599, "2024-12-31 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(of_time(seconds), expected);
        }
    }
}
