//! A file layer that fails on demand, for tests of failures.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use parking_lot::{Mutex, MutexGuard};

use super::layer::{FileLayer, LayerFile, LayerFolder, SystemFiles};

/// Error numbers of real systems: no file handle left, no space, an I/O error, no permission.
const ERRORS: [i32; 4] = [24, 28, 5, 13];
/// Far more than the steps of any tested operation.
const MOST_STEPS: usize = 500;

/// The layers for the files in and below a folder.
static INSTALLED: LazyLock<Mutex<Vec<(PathBuf, FaultyFiles)>>> = LazyLock::new(Mutex::default);

pub(super) fn layer_of(path: &Path) -> Option<Arc<dyn FileLayer>> {
    let installed = INSTALLED.lock();
    let found = installed.iter().find(|(folder, _)| path.starts_with(folder));
    found.map(|(_, files)| Arc::new(files.clone()) as Arc<dyn FileLayer>)
}

/// The step that fails, and its error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The step that fails, counted from 0.
    pub step: usize,
    /// The error number of the operating system.
    pub error: i32,
    /// `true` if all later steps also fail.
    pub lasts: bool,
    /// `true` if the machine crashes afterwards and loses all unsynced data.
    pub crashes: bool,
}

/// The real files of a folder, which fail at a chosen step and lose unsynced data in a crash.
/// Clones share the state.
#[derive(Clone, Debug)]
pub struct FaultyFiles(Arc<Mutex<Inner>>);

/// A guard that removes the layer when a test ends.
#[derive(Debug)]
struct Installed(PathBuf);

impl Drop for Installed {
    fn drop(&mut self) {
        INSTALLED.lock().retain(|(folder, _)| *folder != self.0);
    }
}

#[derive(Debug, Default)]
struct Inner {
    fault: Option<Fault>,
    is_armed: bool,
    steps: usize,
    was_hit: bool,
    /// Length of each opened file on the disk, by inode number: a sync through one handle applies
    /// to all of them.
    written: HashMap<u64, (File, u64)>,
    /// Renames that are not on the disk yet, with the previous content of the name.
    renamed: Vec<(PathBuf, Option<Vec<u8>>)>,
}

impl FaultyFiles {
    /// Installs a layer without a fault for the files below `folder`, until the process ends or
    /// another layer is installed for the same folder.
    pub fn install(folder: &Path) -> Self {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let files = Self(Arc::default());
        let mut installed = INSTALLED.lock();
        installed.retain(|(other, _)| *other != folder);
        installed.push((folder, files.clone()));
        files
    }

    /// Runs `test` for each combination of failing step and error: with a single failure or a
    /// lasting one, with a crash afterwards or without. The last run has no fault. `test`
    /// [arms](Self::arm) the fault before the tested operation.
    ///
    /// # Panics
    /// If the runs with faults never end.
    pub fn at_every_step(folder: &Path, mut test: impl FnMut(&Self, Fault)) {
        let files = Self::install(folder);
        let _installed = Installed(folder.canonicalize().unwrap_or_else(|_| folder.to_owned()));
        for (error, lasts, crashes) in variants() {
            let mut step = 0;
            loop {
                let fault = Fault { step, error, lasts, crashes };
                files.prepare(fault);
                test(&files, fault);
                if !files.inner().was_hit {
                    break;
                }
                step += 1;
                assert!(step < MOST_STEPS, "there is no end of steps");
            }
        }
    }

    /// Arms the fault, and counts steps from here.
    pub fn arm(&self) {
        let mut inner = self.inner();
        inner.is_armed = true;
        inner.steps = 0;
    }

    /// Disarms the fault. Returns `true` if it happened.
    pub fn disarm(&self) -> bool {
        let mut inner = self.inner();
        inner.is_armed = false;
        inner.was_hit
    }

    /// Fails every step from now on, like a broken disk.
    pub fn fail_from_now_on(&self) {
        self.prepare(Fault { step: 0, error: ERRORS[2], lasts: true, crashes: false });
        self.arm();
    }

    /// Ends all failures.
    pub fn heal(&self) {
        self.inner().is_armed = false;
    }

    /// Crashes if the fault requires it: unsynced data is lost, and so are the names of files in an
    /// unsynced folder.
    pub fn crash_or_not(&self) {
        let mut inner = self.inner();
        if inner.fault.is_none_or(|fault| !fault.crashes) {
            return;
        }
        for (file, kept) in std::mem::take(&mut inner.written).into_values() {
            let length = file.metadata().map_or(0, |metadata| metadata.len());
            let _ = file.set_len(length.min(kept));
        }
        for (path, before) in std::mem::take(&mut inner.renamed).into_iter().rev() {
            let _ = match before {
                Some(bytes) => fs::write(&path, bytes),
                None => fs::remove_file(&path),
            };
        }
    }

    fn prepare(&self, fault: Fault) {
        let mut inner = self.inner();
        *inner = Inner { fault: Some(fault), ..Inner::default() };
    }

    /// Counts a step, and fails if it is the chosen one.
    fn step(&self) -> io::Result<()> {
        let mut inner = self.inner();
        let Some(fault) = inner.fault.filter(|_| inner.is_armed) else {
            return Ok(());
        };
        let step = inner.steps;
        inner.steps += 1;
        if step == fault.step || (fault.lasts && step > fault.step) {
            inner.was_hit = true;
            return Err(io::Error::from_raw_os_error(fault.error));
        }
        Ok(())
    }

    fn note_name(&self, path: &Path) {
        let before = fs::read(path).ok();
        self.inner().renamed.push((path.to_owned(), before));
    }

    fn track(&self, file: File, kept: u64) -> io::Result<Box<dyn LayerFile>> {
        // The copy prevents the system from giving the number to another file.
        let (number, copy) = (number_of(&file)?, file.try_clone()?);
        self.inner().written.entry(number).or_insert((copy, kept));
        Ok(Box::new(FaultyFile { files: self.clone(), file, number }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock()
    }
}

fn variants() -> impl Iterator<Item = (i32, bool, bool)> {
    let each_error = |error| {
        [(false, false), (false, true), (true, false), (true, true)]
            .map(|(lasts, crashes)| (error, lasts, crashes))
    };
    ERRORS.into_iter().flat_map(each_error)
}

impl FileLayer for FaultyFiles {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
        self.step()?;
        SystemFiles.read(path, limit)
    }

    fn create_folders(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        SystemFiles.create_folders(path)
    }

    fn open_folder(&self, path: &Path) -> io::Result<Box<dyn LayerFolder>> {
        self.step()?;
        SystemFiles.open_folder(path)?;
        Ok(Box::new(FaultyFolder { files: self.clone(), path: path.to_owned() }))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn LayerFile>> {
        self.step()?;
        SystemFiles.create(path)?;
        self.track(File::options().write(true).open(path)?, 0)
    }

    fn open_append(&self, path: &Path) -> io::Result<Box<dyn LayerFile>> {
        self.step()?;
        if !path.exists() {
            self.note_name(path);
        }
        SystemFiles.open_append(path)?;
        let file = File::options().append(true).open(path)?;
        let kept = file.metadata()?.len();
        self.track(file, kept)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        self.note_name(to);
        SystemFiles.rename(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        SystemFiles.rename_new(from, to)?;
        self.inner().renamed.push((to.to_owned(), None));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        // Removing the file is the last resort: if that fails too, the result is undefined.
        SystemFiles.remove(path)
    }
}

#[derive(Debug)]
struct FaultyFile {
    files: FaultyFiles,
    file: File,
    number: u64,
}

impl LayerFile for FaultyFile {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.files.step() {
            // A full disk writes a part.
            LayerFile::write_all(&mut self.file, &bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        LayerFile::write_all(&mut self.file, bytes)
    }

    fn length(&self) -> io::Result<u64> {
        self.files.step()?;
        self.file.length()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.files.step()?;
        self.file.cut(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.files.step()?;
        let length = self.file.length()?;
        if let Some((_, kept)) = self.files.inner().written.get_mut(&self.number) {
            *kept = length;
        }
        Ok(())
    }
}

#[derive(Debug)]
struct FaultyFolder {
    files: FaultyFiles,
    path: PathBuf,
}

impl LayerFolder for FaultyFolder {
    fn sync(&mut self) -> io::Result<()> {
        self.files.step()?;
        let folder = self.path.clone();
        self.files.inner().renamed.retain(|(path, _)| path.parent() != Some(&folder));
        Ok(())
    }
}

#[cfg(unix)]
fn number_of(file: &File) -> io::Result<u64> {
    Ok(std::os::unix::fs::MetadataExt::ino(&file.metadata()?))
}

/// Crashes are not simulated on systems without inode numbers: each handle counts separately.
#[cfg(not(unix))]
fn number_of(_: &File) -> io::Result<u64> {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    Ok(NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}
