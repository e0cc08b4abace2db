//! Keeps the miners that a router knows those of the picture.

use std::sync::{Arc, Mutex, TryLockError};

use arc_swap::ArcSwapOption;
use hetu_metastruct::{Metastruct, View};

use crate::{Router, Target};

/// The view that the router's miners were taken from.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    seen: ArcSwapOption<View>,
    updating: Mutex<()>,
}

impl Roster {
    /// Looks whether there is a newer view, which costs next to nothing if there is none. While
    /// somebody else takes it over, the miners stay those of before.
    pub(crate) fn follow(&self, metastruct: &Metastruct, router: &Router) {
        let is_seen = |view: &Arc<View>| {
            self.seen.load().as_ref().is_some_and(|seen| Arc::ptr_eq(seen, view))
        };
        if is_seen(&metastruct.view()) {
            return;
        }
        let _guard = match self.updating.try_lock() {
            Ok(guard) => guard,
            // What it guards is only who takes the view over.
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let view = metastruct.view();
        if !is_seen(&view) {
            router.replace(view.miners().iter().filter_map(|miner| Target::of(miner)));
            self.seen.store(Some(view));
        }
    }
}
