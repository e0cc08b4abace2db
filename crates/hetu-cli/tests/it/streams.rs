//! Standard output and files that are not writable, and paths that are no regular files.
//!
//! The tests reach devices through links in a folder of their own, so that a wrong rename does no
//! harm outside.

use std::fs::{self, File};
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::json;

use crate::miners::Miner;
use crate::run::{Ended, Home};
use crate::scene::Scene;

const FULL: &str = "No space left on device";

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

fn link_to(home: &Home, device: &str) -> PathBuf {
    let path = home.path().join("link");
    symlink(device, &path).unwrap();
    path
}

fn pipe(home: &Home) -> PathBuf {
    let path = home.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// Reads a pipe to its end while `work` writes into it.
fn read_while<T>(pipe: &Path, work: impl FnOnce() -> T) -> (String, T) {
    thread::scope(|scope| {
        let reader = scope.spawn(|| fs::read_to_string(pipe).unwrap());
        let done = work();
        (reader.join().unwrap(), done)
    })
}

#[test]
fn standard_output_that_is_full_is_exit_1_with_reason() {
    let home = Home::new();
    for arguments in [
        &["wallet", "list"][..],
        &["wallet", "list", "--json"],
        &["network", "list"],
        &["completions", "bash"],
        &["--help"],
        &["--version"],
        &["wallet", "--help"],
    ] {
        let ended = home.command(arguments).stdout(full()).output().unwrap();
        Ended::from(ended).assert_failed(1, FULL);
    }
    let scene = Scene::new();
    scene.keep("me", 2);
    let wrap = ["token", "wrap", "5", "--yes"];
    let ended = Ended::from(scene.command(&wrap).stdout(full()).output().unwrap());
    ended.assert_failed(1, FULL);
    let past = ["events", "past"];
    let ended = Ended::from(scene.command(&past).stdout(full()).output().unwrap());
    ended.assert_failed(1, FULL);
}

#[test]
fn pipe_that_is_closed_is_no_failure() {
    let home = Home::new();
    for arguments in [&["wallet", "list"][..], &["completions", "bash"], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = home.command(arguments).stdout(writer).output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn pipe_and_device_are_written_into_and_stay() {
    let (scene, netuid) = Scene::with_subnet();
    let netuid = netuid.to_string();
    let pipe = pipe(&scene.home);
    let export = ["metastruct", "export", &netuid, "--format", "csv", "--out"];
    let to_pipe = [&export[..], &[pipe.to_str().unwrap()]].concat();
    let (read, ended) = read_while(&pipe, || scene.run(&to_pipe));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(read.starts_with("address,role"), "{read}");
    let keystore = ["wallet", "export", "me", "--out", pipe.to_str().unwrap()];
    let (read, ended) = read_while(&pipe, || scene.run(&keystore));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(read.contains("ciphertext"), "{read}");
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());

    let link = link_to(&scene.home, "/dev/full");
    scene.run(&[&export[..], &[link.to_str().unwrap()]].concat()).assert_failed(1, FULL);
    assert!(link.is_symlink());

    // `/dev/stdout` is a file here that other programs append to as well.
    let log = scene.home.path().join("log");
    fs::write(&log, "first\n").unwrap();
    let opened = File::options().append(true).open(&log).unwrap();
    let by_name = [&export[..], &["/dev/stdout", "--json"]].concat();
    assert!(scene.command(&by_name).stdout(opened).status().unwrap().success());
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.starts_with("first\naddress,role"), "{text}");

    let file = scene.home.path().join("file");
    fs::write(&file, "old").unwrap();
    let near = scene.home.path().join("near");
    symlink("file", &near).unwrap();
    assert_eq!(scene.run(&[&export[..], &[near.to_str().unwrap()]].concat()).code, Some(0));
    assert!(near.is_symlink());
    assert!(fs::read_to_string(&file).unwrap().starts_with("address,role"));
}

#[test]
fn receipt_that_cannot_be_kept_is_exit_1_after_the_answer() {
    let (scene, netuid) = Scene::with_subnet();
    let _miner = Miner::start(&scene, netuid, &[]);
    scene.keep("caller", 3);
    scene.register_validator(3, netuid);
    let link = link_to(&scene.home, "/dev/full");
    let query = ["phloem", "query", "1", "MathSum", r#"{"x": 5, "y": 3}"#, "--miner", "me"];
    let options = ["--wallet", "caller", "--json", "--receipt", link.to_str().unwrap()];
    let ended = scene.run(&[&query[..], &options].concat());
    ended.assert_failed(1, FULL);
    assert_eq!(ended.json()["reply"], json!({ "result": 8.0 }));
    assert!(link.is_symlink());
}

// A limit on file sizes fills the disk for this process alone. The signal of the limit is ignored,
// so that writes fail as they do on a full disk.
#[test]
fn validate_on_full_disk_fails_and_keeps_what_it_had() {
    let (scene, netuid) = Scene::with_subnet();
    scene.register_validator(2, netuid);
    scene.keep("miner", 3);
    let _miner = Miner::start(&scene, netuid, &["--wallet", "miner"]);
    // There are so many miners that only the file of scores exceeds the limit.
    for account in 4..10 {
        scene.register_miner(account, netuid);
    }
    let validate = ["phloem", "validate", "1", "--rounds", "1", "--wallet", "me", "--yes"];
    let first = scene.run(&validate);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    let scores = find(&scene.home.path().join("validators"), "scores.json").unwrap();
    let before = fs::read(&scores).unwrap();
    assert!(before.len() > 512, "{}", before.len());

    let hetu = scene.command(&validate);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh"]).arg(hetu.get_program());
    shell.args(hetu.get_args()).stdin(Stdio::null());
    for (name, value) in hetu.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let ended = Ended::from(shell.output().unwrap());
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("scores.json"), "{}", ended.stderr);
    assert_eq!(fs::read(&scores).unwrap(), before);
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    fs::read_dir(folder).ok()?.find_map(|entry| {
        let path = entry.ok()?.path();
        if path.is_dir() { find(&path, name) } else { path.ends_with(name).then_some(path) }
    })
}
