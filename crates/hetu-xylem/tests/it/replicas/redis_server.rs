//! A separate Redis for each test.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use tempfile::TempDir;

/// A `redis-server` on a port of the loopback interface. It ends when this value is dropped.
pub(super) struct RedisServer {
    port: u16,
    folder: TempDir,
    arguments: Vec<String>,
    process: Child,
}

impl RedisServer {
    pub(super) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Starts the server with further command-line arguments.
    pub(super) async fn with(arguments: &[&str]) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let folder = tempfile::tempdir().unwrap();
        let arguments: Vec<_> = arguments.iter().map(|text| (*text).to_owned()).collect();
        let process = spawn(port, &folder, &arguments);
        let server = Self { port, folder, arguments, process };
        server.wait().await;
        server
    }

    pub(super) fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// Opens a connection beside those of the miners.
    pub(super) async fn connection(&self) -> MultiplexedConnection {
        let client = redis::Client::open(self.address()).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }

    /// Kills the server at once, as a crash does.
    pub(super) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Restarts the server on the same port with the data that it wrote to the disk.
    pub(super) async fn restart(&mut self) {
        self.process = spawn(self.port, &self.folder, &self.arguments);
        self.wait().await;
    }

    /// Sends the signal with this name, such as STOP.
    pub(super) fn signal(&self, name: &str) {
        let process = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &process]).status().unwrap().success());
    }

    async fn wait(&self) {
        for _ in 0..400 {
            let client = redis::Client::open(self.address()).unwrap();
            let answer = match client.get_multiplexed_async_connection().await {
                Ok(mut connection) => {
                    redis::cmd("PING").query_async::<String>(&mut connection).await
                }
                Err(error) => Err(error),
            };
            match answer {
                Ok(_) => return,
                // The server is up and requires a password.
                Err(error) if error.code() == Some("NOAUTH") => return,
                Err(_) => tokio::time::sleep(Duration::from_millis(25)).await,
            }
        }
        panic!("redis-server does not answer on port {}", self.port);
    }
}

fn spawn(port: u16, folder: &TempDir, arguments: &[String]) -> Child {
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string(), "--dir"])
        .arg(folder.path())
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("redis-server cannot be run: {error}; `scripts/tools redis-server` installs it")
        })
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // The test may have ended the process already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
