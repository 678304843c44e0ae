//! Pages of another origin than the app's.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::wait_for;

/// A web server on this machine. What its pages want to tell the test they request of it, since
/// they may have no other way.
#[derive(Debug)]
pub struct Web {
    address: SocketAddr,
    requests: Requests,
    is_over: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

/// The paths that were requested, with their queries.
type Requests = Arc<Mutex<Vec<String>>>;

/// What a request is answered with.
#[derive(Clone, Debug)]
pub struct Reply {
    status: &'static str,
    headers: String,
    body: String,
    /// How many bytes of the body do not come.
    missing: usize,
}

impl Reply {
    /// A page.
    pub fn html(source: impl Into<String>) -> Reply {
        Reply {
            status: "200 OK",
            headers: "Content-Type: text/html; charset=utf-8\r\n".to_owned(),
            body: source.into(),
            missing: 0,
        }
    }

    /// The way to another page.
    pub fn redirect(url: &str) -> Reply {
        let reply = Reply {
            status: "302 Found",
            ..Reply::html("")
        };
        reply.header("Location", url)
    }

    /// The same with another header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }

    /// The same, of which the server says that it has so many more bytes than come.
    #[must_use]
    pub fn missing(mut self, bytes: usize) -> Reply {
        self.missing = bytes;
        self
    }
}

impl Web {
    /// Answers requests by their paths, without their queries.
    ///
    /// # Panics
    /// When there is no port.
    pub fn start(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Web {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let (requests, is_over) = (Requests::default(), Arc::new(AtomicBool::new(false)));
        let accepting = thread::spawn({
            let (requests, is_over) = (requests.clone(), is_over.clone());
            let answer = Arc::new(answer);
            move || {
                for stream in listener.incoming().flatten() {
                    if is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    let (requests, answer) = (requests.clone(), answer.clone());
                    // A client that breaks off is none of the test's business.
                    thread::spawn(move || serve(stream, &requests, &*answer).ok());
                }
            }
        });
        Web {
            address,
            requests,
            is_over,
            accepting: Some(accepting),
        }
    }

    /// Its origin: `http://127.0.0.1:` and a port of its own.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The paths that were requested so far, with their queries.
    pub fn requests(&self) -> Vec<String> {
        let requests = self.requests.lock();
        requests.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until a path that starts so was requested, and returns the rest of it.
    ///
    /// # Panics
    /// When none is.
    pub fn expect_request(&self, start: &str) -> String {
        wait_for(start, || {
            let mut requests = self.requests().into_iter();
            requests.find_map(|path| Some(path.strip_prefix(start)?.to_owned()))
        })
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // It waits for somebody to come.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn serve(
    mut stream: TcpStream,
    requests: &Requests,
    answer: &dyn Fn(&str) -> Reply,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    // Nothing comes if a client has only connected, to save time later.
    let Some(request) = lines.next().transpose()? else {
        return Ok(());
    };
    // The headers, which end with an empty line.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let target = request.split(' ').nth(1).unwrap_or_default();
    let seen = requests.lock();
    seen.unwrap_or_else(PoisonError::into_inner)
        .push(target.to_owned());
    let reply = answer(target.split('?').next().unwrap_or_default());
    write!(
        stream,
        "HTTP/1.1 {}\r\nContent-Length: {}\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n{}\r\n{}",
        reply.status,
        reply.body.len() + reply.missing,
        reply.headers,
        reply.body
    )
}
