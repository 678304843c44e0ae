//! The socket by which starts are handed over, on Unix.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind, Read};
use std::net::Shutdown;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use deno_ext::Start;
use rustix::process::geteuid;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::Sender;

use super::{StartError, Started};
use crate::Storage;

/// How long a start waits for the instance that runs.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long an instance that is about to listen, or to end, is waited for at a time.
const PAUSE: Duration = Duration::from_millis(50);

/// The most that is read of a start: several times what Linux takes as arguments.
const MAX_BYTES: u64 = 16 << 20;

/// What the instance that runs answers: it is going to tell its script, or too many wait already.
const TAKEN: u8 = b'y';
const TOO_MANY: u8 = b'n';

/// Takes the storage of the app in a folder, or hands the start over to the instance that has it.
///
/// # Errors
/// When there is such an instance and it does not take the start within 10 s, or this one cannot listen.
pub fn start(app: &Path, start: &Start) -> Result<Started, StartError> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(storage) = Storage::take_first(app) {
            let listener = storage.lock_path().map(Listener::open).transpose()?;
            return Ok(Started::First(storage, listener));
        }
        // Looked for again each time: the instance may not listen yet, or be about to end.
        let left = until.saturating_duration_since(Instant::now());
        match hand_over(&Storage::first_lock_path(app), start, left.max(PAUSE)) {
            Ok(TAKEN) => return Ok(Started::HandedOver),
            Ok(_) => return Err(StartError::TooMany),
            Err(error) if left.is_zero() => return Err(StartError::NotTaken(error)),
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// Tells the instance that holds this lock, and returns its answer.
fn hand_over(lock: &Path, start: &Start, patience: Duration) -> io::Result<u8> {
    let path = socket_of(lock)?;
    check_folder(&path)?;
    let mut stream = UnixStream::connect(path)?;
    stream.set_write_timeout(Some(patience))?;
    stream.set_read_timeout(Some(patience))?;
    serde_json::to_writer(&mut stream, start)?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    Ok(answer[0])
}

/// The path of the socket that goes with a lock: by its number, since paths of sockets have to be short.
fn socket_of(lock: &Path) -> io::Result<PathBuf> {
    let lock = fs::metadata(lock)?;
    let name = format!("{:x}-{:x}", lock.dev(), lock.ino());
    Ok(Storage::of_all_apps().join(".instances").join(name))
}

/// Nobody else must be able to listen where this user's instances do.
fn check_folder(socket: &Path) -> io::Result<()> {
    let folder = fs::metadata(socket.parent().unwrap_or(socket))?;
    let is_ours = folder.uid() == geteuid().as_raw() && folder.mode() & 0o077 == 0;
    match is_ours {
        true => Ok(()),
        false => Err(io::Error::other("other users can get to its socket")),
    }
}

/// Where the app's only instance hears of other starts.
#[derive(Debug)]
pub struct Listener {
    listener: UnixListener,
    place: Place,
}

/// The path of a socket, which goes with it.
#[derive(Debug)]
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        // Whoever is the next first instance removes it, too.
        let _ = fs::remove_file(&self.0);
    }
}

impl Listener {
    /// Listens for the holder of a lock, which is the only one to do so.
    fn open(lock: PathBuf) -> Result<Listener, StartError> {
        let path = socket_of(&lock).map_err(|error| StartError::Listen { path: lock, error })?;
        match bind(&path) {
            Ok(listener) => Ok(Listener {
                listener,
                place: Place(path),
            }),
            Err(error) => Err(StartError::Listen { path, error }),
        }
    }

    /// Puts the starts that are handed over in a queue, until it is dropped. Those of other users, and
    /// those for which there is no room, are refused.
    pub async fn serve(self, starts: Sender<Start>) {
        let Listener {
            listener,
            place: _place,
        } = self;
        let listener = match tokio::net::UnixListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::warn!(%error, "other starts of the app cannot be heard");
                return;
            }
        };
        loop {
            match listener.accept().await {
                Ok((stream, _)) if is_of_this_user(&stream) => {
                    let taken = take_in(stream, starts.clone());
                    tokio::spawn(tokio::time::timeout(PATIENCE, taken));
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "a start of the app was not heard");
                    tokio::time::sleep(PATIENCE).await;
                }
            }
        }
    }
}

/// Makes the socket, in a folder that its user alone can enter.
fn bind(path: &Path) -> io::Result<UnixListener> {
    if let Some(folder) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        check_folder(path)?;
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        // An earlier instance has left it.
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn is_of_this_user(stream: &tokio::net::UnixStream) -> bool {
    let user = geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == user)
}

/// Reads a start and answers. Whoever says something else gets no answer.
async fn take_in(mut stream: tokio::net::UnixStream, starts: Sender<Start>) -> io::Result<()> {
    let mut text = Vec::new();
    (&mut stream).take(MAX_BYTES).read_to_end(&mut text).await?;
    let start = serde_json::from_slice(&text)?;
    let answer = match starts.try_send(start) {
        Ok(()) => TAKEN,
        Err(_) => TOO_MANY,
    };
    stream.write_all(&[answer]).await
}
