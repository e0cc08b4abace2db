//! Commands at an interactive terminal.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStringExt;
use std::process::Stdio;
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::run::Ended;
use crate::scene::Scene;

/// Runs the command at a terminal where `answer` is typed. Its terminal output is in `stderr`.
fn run_answering(scene: &Scene, arguments: &[&str], answer: &str) -> Ended {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap().into_bytes();
    let name = std::ffi::OsString::from_vec(name);
    let terminal = OpenOptions::new().read(true).write(true).open(name).unwrap();

    let mut command = scene.command(arguments);
    command.stdin(terminal.try_clone().unwrap()).stderr(terminal).stdout(Stdio::piped());
    let child = command.spawn().unwrap();
    drop(command);
    let mut controller = File::from(controller);
    controller.write_all(answer.as_bytes()).unwrap();
    let said = thread::spawn(move || {
        let mut said = Vec::new();
        // Linux ends the read with an error when no process has the terminal open any more.
        let _ = controller.read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    });
    let output = child.wait_with_output().unwrap();
    Ended { stderr: said.join().unwrap(), ..output.into() }
}

#[test]
fn somebody_at_a_terminal_is_shown_the_plan_and_asked() {
    let scene = Scene::new();
    let me = scene.keep("me", 2);
    for answer in ["n\n", "\n", "yesterday\n"] {
        let declined = run_answering(&scene, &["token", "wrap", "5"], answer);
        declined.assert_failed(1, "nothing was sent");
        for part in ["turn 5 HETU into WHETU", "chain 31337", "at most 5.0", "send it? [y/N]"] {
            assert!(declined.stderr.contains(part), "{}", declined.stderr);
        }
    }
    assert_eq!(scene.transactions_of(me), 0);

    let agreed = run_answering(&scene, &["token", "wrap", "5"], "y\n");
    assert_eq!(agreed.code, Some(0), "{}", agreed.stderr);
    assert!(agreed.stdout.contains("done: turn 5 HETU into WHETU"), "{}", agreed.stdout);
    assert_eq!(scene.transactions_of(me), 1);
}
