//! Reading of a list page by page, with pages as large as the node supports.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::Hash;
use std::ops::Range;

use futures_util::stream::{FuturesUnordered, StreamExt};

use super::strategy::{LensAnswer, call_lens, strategy};
use crate::abi::Read;
use crate::abi::lens::{LensPage, Pin};
use crate::client::error::ChainError;
use crate::client::reader::Reader;

/// The size of the first page, which is read alone because it contains the total. A shorter first
/// page lets the node start earlier on several pages at once.
const FIRST_PAGE: usize = 256;
const PAGES_AT_ONCE: usize = 4;
/// The contracts use 16-bit numbers for subnets and for positions in them.
const MOST_RECORDS: usize = u16::MAX as usize;

/// The progress of reading a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadProgress {
    /// The number of records read.
    pub read: usize,
    /// The total number of records.
    pub total: usize,
}

impl ReadProgress {
    /// Creates the progress of `read` records out of `total`.
    pub const fn new(read: usize, total: usize) -> Self {
        Self { read, total }
    }
}

/// A reader of a list of records with distinct keys.
pub(super) struct Pages<'client, T, K> {
    reader: &'client Reader,
    key: fn(&T) -> K,
}

impl<'client, T, K: Hash + Eq> Pages<'client, T, K> {
    pub(super) const fn new(reader: &'client Reader, key: fn(&T) -> K) -> Self {
        Self { reader, key }
    }

    /// Returns all records, in their order, or `None` if no node supports paging.
    ///
    /// A page that is too large for the node is halved until the node can return it.
    pub(super) async fn read_all(
        &self,
        page: impl Fn(usize, usize) -> Read<LensPage<T>>,
    ) -> Result<Option<Vec<T>>, ChainError> {
        self.read_all_telling(page, &|_| {}).await
    }

    /// Reads all records like `read_all`, and reports the progress after each page.
    pub(super) async fn read_all_telling(
        &self,
        page: impl Fn(usize, usize) -> Read<LensPage<T>>,
        tell: &(dyn Fn(ReadProgress) + Sync),
    ) -> Result<Option<Vec<T>>, ChainError> {
        let Some(strategy) = strategy(self.reader).await? else { return Ok(None) };
        let memory = self.reader.lens_memory();
        let mut list = PagedList::new(memory.page());
        let mut under_way = FuturesUnordered::new();
        loop {
            while under_way.len() < PAGES_AT_ONCE
                && let Some(range) = list.next()
            {
                let read = page(range.start, range.len());
                under_way.push(async move {
                    let answer = call_lens(self.reader, strategy, &read).await;
                    (range, read.function, answer)
                });
            }
            let Some((range, function, answer)) = under_way.next().await else { break };
            let malformed = |reason| ChainError::Malformed { function: function.clone(), reason };
            match answer? {
                LensAnswer::Found(page) => {
                    list.add(range, page).map_err(|reason| malformed(reason.into()))?;
                    tell(list.progress());
                }
                LensAnswer::TooMuch if range.len() > 1 => {
                    memory.was_too_long(range.len());
                    list.halve(range);
                }
                LensAnswer::TooMuch => return Ok(None),
                LensAnswer::Closed => {
                    memory.forget_strategy();
                    return Ok(None);
                }
            }
        }
        let records = list.finish();
        let malformed = |reason| ChainError::Malformed { function: "Lens".into(), reason };
        require_different(&records, self.key).map_err(|reason| malformed(reason.into()))?;
        Ok(Some(records))
    }
}

fn require_different<T, K: Hash + Eq>(records: &[T], key: fn(&T) -> K) -> Result<(), String> {
    let keys: HashSet<_> = records.iter().map(key).collect();
    if keys.len() == records.len() {
        return Ok(());
    }
    Err(format!("{} of {} records are there twice", records.len() - keys.len(), records.len()))
}

/// Cuts `range` into an even number of pages of nearly the same length, at most `longest`. Nodes
/// have an even number of processors, so no processor waits for the last page of another.
fn even_pages(range: Range<usize>, longest: usize) -> impl Iterator<Item = Range<usize>> {
    let fewest = range.len().div_ceil(longest);
    let pages = if fewest > 1 { fewest.next_multiple_of(2) } else { fewest };
    let length = range.len().div_ceil(pages.max(1)).max(1);
    range.clone().step_by(length).map(move |start| start..(start + length).min(range.end))
}

/// A partially read list.
struct PagedList<T> {
    page: usize,
    /// The values that all pages have to agree on: the described state and the length of the list.
    known: Option<(Pin, usize)>,
    missing: VecDeque<Range<usize>>,
    found: BTreeMap<usize, Vec<T>>,
}

impl<T> PagedList<T> {
    fn new(page: usize) -> Self {
        let missing = std::iter::once(0..page.min(FIRST_PAGE)).collect();
        Self { page, known: None, missing, found: BTreeMap::new() }
    }

    /// Returns the next page to read. The first page is returned alone, because it contains the
    /// total.
    fn next(&mut self) -> Option<Range<usize>> {
        self.missing.pop_front()
    }

    fn add(&mut self, range: Range<usize>, page: LensPage<T>) -> Result<(), String> {
        let LensPage { pin, total, records } = page;
        match self.known {
            None => self.learn(pin, total)?,
            Some(known) if known == (pin, total) => {}
            Some(_) => return Err("its pages are of different states".into()),
        }
        let expected = range.end.min(total).saturating_sub(range.start);
        if records.len() != expected {
            return Err(format!("a page has {} records instead of {expected}", records.len()));
        }
        self.found.insert(range.start, records);
        Ok(())
    }

    fn learn(&mut self, pin: Pin, total: usize) -> Result<(), String> {
        if total > MOST_RECORDS {
            return Err(format!("{total} records are more than there can be"));
        }
        self.known = Some((pin, total));
        // Parts that were split off the first page may lie behind the end of the list.
        self.missing.retain(|range| range.start < total);
        self.missing.extend(even_pages(self.page.min(FIRST_PAGE)..total, self.page));
        Ok(())
    }

    fn halve(&mut self, range: Range<usize>) {
        let middle = range.start + range.len() / 2;
        self.missing.push_front(middle..range.end);
        self.missing.push_front(range.start..middle);
    }

    fn progress(&self) -> ReadProgress {
        let read = self.found.values().map(Vec::len).sum();
        ReadProgress { read, total: self.known.map_or(read, |(_, total)| total) }
    }

    fn finish(self) -> Vec<T> {
        self.found.into_values().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(pin: u8, total: usize, records: Range<usize>) -> LensPage<usize> {
        LensPage { pin: Pin::of_test(pin), total, records: records.collect() }
    }

    /// Reads a list of `total` records from a node that returns at most `most` records at once.
    fn read(total: usize, first: usize, most: usize) -> (Vec<usize>, usize) {
        let mut list = PagedList::new(first);
        let mut calls = 0;
        while let Some(range) = list.next() {
            calls += 1;
            if range.len() > most {
                list.halve(range);
            } else {
                let records = range.start.min(total)..range.end.min(total);
                list.add(range, page(1, total, records)).unwrap();
            }
        }
        (list.finish(), calls)
    }

    #[test]
    fn a_list_is_whole_and_in_order_however_its_pages_are_cut() {
        for total in [0, 1, 5, 255, 256, 257, 767, 768, 769, 1_025, 4_096] {
            for most in [1, 3, 96, 500, 768] {
                let (records, _) = read(total, 768, most);
                assert_eq!(records, (0..total).collect::<Vec<_>>(), "{total} {most}");
            }
        }
        assert_eq!(read(4_096, 768, 768).1, 7);
        assert_eq!(read(256, 768, 768).1, 1);
    }

    #[test]
    fn pages_that_contradict_each_other_are_refused() {
        let mut list = PagedList::new(2);
        let first = list.next().unwrap();
        list.add(first, page(1, 6, 0..2)).unwrap();
        let second = list.next().unwrap();
        let refused =
            |list: &mut PagedList<usize>, page| list.add(second.clone(), page).unwrap_err();
        assert!(refused(&mut list, page(2, 6, 2..4)).contains("different states"));
        assert!(refused(&mut list, page(1, 7, 2..4)).contains("different states"));
        assert!(refused(&mut list, page(1, 6, 2..3)).contains("1 records instead of 2"));
        assert!(refused(&mut list, page(1, 6, 2..5)).contains("3 records instead of 2"));
    }

    #[test]
    fn a_record_that_is_there_twice_is_refused() {
        assert!(require_different(&[1, 2, 3], |&record| record).is_ok());
        let refused = require_different(&[1, 2, 1], |&record| record).unwrap_err();
        assert!(refused.contains("1 of 3"), "{refused}");
    }

    #[test]
    fn a_list_longer_than_any_is_refused() {
        let mut list = PagedList::new(2);
        let first = list.next().unwrap();
        assert!(list.add(first, page(1, 65_536, 0..2)).unwrap_err().contains("more than"));
    }
}
