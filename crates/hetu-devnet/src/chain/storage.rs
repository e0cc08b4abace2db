//! The storage of one account.

use alloy_primitives::U256;

use super::map::Map;

/// Number of bits of a slot number that give its position in a group.
const PLACE_BITS: usize = 3;
/// Number of slots in a group: enough for the usual structs of contracts.
const NEIGHBOURS: usize = 1 << PLACE_BITS;

/// The slots of an account. A clone costs one pointer.
///
/// Contracts store structs and lists in consecutive slots, so these are together in memory: the
/// lookup of the first slot is the expensive part, and the others follow at no cost.
#[derive(Clone, Debug, Default)]
pub(crate) struct Storage {
    groups: Map<U256, [U256; NEIGHBOURS]>,
}

impl Storage {
    pub(crate) fn get(&self, slot: &U256) -> U256 {
        let (group, place) = locate(slot);
        self.groups.get(&group).map_or(U256::ZERO, |values| values[place])
    }

    pub(crate) fn set(&mut self, slot: U256, value: U256) {
        let (group, place) = locate(&slot);
        let mut values = self.groups.get(&group).copied().unwrap_or_default();
        values[place] = value;
        if values.iter().all(U256::is_zero) {
            self.groups.remove_mut(&group);
        } else {
            self.groups.insert_mut(group, values);
        }
    }

    /// Returns the non-zero slots, in no particular order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = U256> {
        self.groups.iter().flat_map(|(group, values)| {
            let first = *group << PLACE_BITS;
            let taken = values.iter().enumerate().filter(|(_, value)| !value.is_zero());
            taken.map(move |(place, _)| first + U256::from(place))
        })
    }
}

/// Returns the group of a slot, and its position in the group.
fn locate(slot: &U256) -> (U256, usize) {
    (*slot >> PLACE_BITS, slot.as_limbs()[0] as usize % NEIGHBOURS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(storage: &Storage) -> Vec<U256> {
        let mut slots: Vec<_> = storage.slots().collect();
        slots.sort_unstable();
        slots
    }

    #[test]
    fn every_slot_holds_what_was_put_there() {
        let mut storage = Storage::default();
        let numbers: Vec<_> =
            (0..20).map(U256::from).chain((0..20).map(|n| U256::MAX - U256::from(n))).collect();
        for (place, slot) in numbers.iter().enumerate() {
            assert_eq!(storage.get(slot), U256::ZERO);
            storage.set(*slot, U256::from(place + 1));
        }
        for (place, slot) in numbers.iter().enumerate() {
            assert_eq!(storage.get(slot), U256::from(place + 1));
        }
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        assert_eq!(slots(&storage), sorted);
    }

    #[test]
    fn a_slot_that_is_zero_is_as_one_that_was_never_written() {
        let mut storage = Storage::default();
        storage.set(U256::from(7), U256::from(1));
        storage.set(U256::from(8), U256::from(2));
        storage.set(U256::from(9), U256::ZERO);
        storage.set(U256::from(7), U256::ZERO);
        assert_eq!(slots(&storage), [U256::from(8)]);
        storage.set(U256::from(8), U256::ZERO);
        assert!(slots(&storage).is_empty());
        assert!(storage.groups.is_empty());
    }

    #[test]
    fn a_clone_keeps_what_the_original_had() {
        let mut storage = Storage::default();
        storage.set(U256::from(1), U256::from(5));
        let before = storage.clone();
        storage.set(U256::from(1), U256::from(6));
        storage.set(U256::from(2), U256::from(7));
        assert_eq!(before.get(&U256::from(1)), U256::from(5));
        assert_eq!(before.get(&U256::from(2)), U256::ZERO);
    }
}
