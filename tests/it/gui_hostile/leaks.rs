//! Names and connections that get out where no request does.

use std::io::ErrorKind;
use std::net::TcpListener;

use tests::{Reply, Web};

use super::{Attack, Outcome};

/// A server that nobody has to do with, and its address.
fn stranger() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    (listener, format!("http://{address}"))
}

/// Nobody has come. An attack ends with a request to another server, which WebKit begins with later
/// than with all before.
fn expect_none(listener: &TcpListener, outcome: &Outcome) {
    listener.set_nonblocking(true).expect("a socket");
    let came = listener.accept();
    let none = matches!(&came, Err(error) if error.kind() == ErrorKind::WouldBlock);
    assert!(none, "{came:?} {outcome:#?}");
}

/// No policy of a page is asked before WebKit connects to where such a link points.
#[test]
fn connections_ahead_of_requests() {
    let (listener, stranger) = stranger();
    let web = Web::start(|_| Reply::html(""));
    let origin = web.origin();
    let outcome = Attack::with(&format!(
        r#"<link rel="preconnect" href="{stranger}/page"><link rel="dns-prefetch" href="{stranger}/dns">
        <link rel="preconnect" href="{stranger}/anonymous" crossorigin>
        <iframe srcdoc='<link rel="preconnect" href="{stranger}/srcdoc">'></iframe>
        <iframe sandbox="allow-scripts" srcdoc='<link rel="preconnect" href="{stranger}/sandboxed">'></iframe>
        <iframe id="blank"></iframe>
        <a id="link" href="{stranger}/link">elsewhere</a>
        <form id="form" action="{stranger}/form" method="post"></form>
        <script>
        async function attack() {{
          const link = (document) => Object.assign(document.createElement("link"), {{
            rel: "preconnect", href: "{stranger}/script",
          }});
          document.head.append(link(document));
          const inside = document.getElementById("blank").contentDocument;
          inside.body.append(link(inside));
          inside.write('<link rel="preconnect" href="{stranger}/written">');
          const ways = [
            () => document.getElementById("link").click(),
            () => document.getElementById("form").submit(),
            () => {{ location.href = "{stranger}/location"; }},
            () => open("{stranger}/open"),
          ];
          for (const way of ways) {{
            way();
            await fetch("{origin}/last");
          }}
          host.send("over");
        }}
        addEventListener("load", attack);
        </script>"#
    ))
    .showing(&origin)
    .run();
    assert_eq!(web.requests().len(), 4, "{outcome:#?}");
    expect_none(&listener, &outcome);
}

/// The same, by the headers of a page of an origin that the window may show.
#[test]
fn connections_that_a_header_asks_for() {
    let (listener, stranger) = stranger();
    let link = format!("<{stranger}>; rel=preconnect, <{stranger}>; rel=dns-prefetch");
    let web = Web::start(move |path| match path {
        "/page" => Reply::html(
            r#"<script>
            async function attack() {
              for (let n = 0; n < 3; n++) await fetch("/last");
              host.send("over");
            }
            addEventListener("load", attack);
            </script>"#,
        )
        .header("Link", &link),
        _ => Reply::html(""),
    });
    let origin = web.origin();
    let outcome = Attack::with("")
        .showing(&origin)
        .setup(&format!(
            "export const options = {{ origins: ['{origin}'], url: '{origin}/page' }};"
        ))
        .run();
    expect_none(&listener, &outcome);
}
