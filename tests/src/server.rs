//! Pages of somebody else: a web server of a test's own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::wait_for;

/// A web server on this machine, which is no origin of any app. It ends with the test's process.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves pages by their paths, and redirects: `/redirect?URL` leads to that URL. In pages,
    /// `SERVER` stands for its origin.
    ///
    /// # Panics
    /// When there is no port for it.
    pub fn start(pages: &[(&str, &str)]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let server = Server { address, requests };
        let origin = server.origin();
        let pages: Vec<_> = pages
            .iter()
            .map(|(path, text)| (path.to_string(), text.replace("SERVER", &origin)))
            .collect();
        let pages = Arc::new(pages);
        let requests = server.requests.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (pages, requests) = (pages.clone(), requests.clone());
                thread::spawn(move || answer(stream, &pages, &requests));
            }
        });
        server
    }

    /// Its origin, as `http://127.0.0.1:8080`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same server by another name for this machine, which makes it another origin.
    pub fn origin_as(&self, host: &str) -> String {
        format!("http://{host}:{}", self.address.port())
    }

    /// What was asked for so far: method, path and query.
    pub fn requests(&self) -> Vec<String> {
        let requests = self.requests.lock();
        requests.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until something was asked for whose method, path and query contain `text`, and
    /// returns them.
    ///
    /// # Panics
    /// When that does not come.
    pub fn expect_request(&self, text: &str) -> String {
        wait_for(&format!("a request {text:?}"), || {
            let requests = self.requests();
            requests.into_iter().find(|request| request.contains(text))
        })
    }
}

/// Answers one request; whoever breaks off gets none.
fn answer(stream: TcpStream, pages: &[(String, String)], requests: &Mutex<Vec<String>>) {
    let Some(target) = read(&stream) else {
        return;
    };
    let path = target.split(' ').nth(1).unwrap_or_default().to_owned();
    requests
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(target);
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    let page = pages.iter().find(|(of, _)| of == path);
    let (status, head, body) = match page {
        _ if path == "/redirect" => ("302 Found", format!("Location: {query}\r\n"), ""),
        Some((_, text)) => (
            "200 OK",
            format!("Content-Type: {}\r\n", kind(path)),
            &**text,
        ),
        None => ("404 Not Found", String::new(), ""),
    };
    // Anybody may read what it serves.
    let response = format!(
        "HTTP/1.1 {status}\r\n{head}Access-Control-Allow-Origin: *\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    // It may have gone.
    let _ = (&stream).write_all(response.as_bytes());
}

/// Method and target of a request, which is read to its end.
fn read(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    reader.take(length).read_to_end(&mut Vec::new()).ok()?;
    let (target, _version) = first.trim_end().rsplit_once(' ')?;
    Some(target.to_owned())
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.') {
        Some((_, "js")) => "text/javascript",
        Some((_, "png")) => "image/png",
        _ => "text/html",
    }
}
