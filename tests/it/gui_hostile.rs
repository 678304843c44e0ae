//! Pages that attack the app, the other windows and the user's data, and parts that fail: in real
//! windows, one test for each attack. docs/security.md lists them all.

mod environment;
mod forgery;
mod frames;
mod grants;
mod leaks;
mod library;
mod lifecycle;
mod load;
mod origins;
mod payloads;
mod posting;
mod quotas;
mod requests;
mod tampering;
mod terminal;

use tests::{AppDir, Display, RunningApp, WITHOUT_SOCKETS};

/// The script of the app under attack.
const APP: &str = include_str!("gui_hostile/app.ts");

/// A window that shows what belongs to the user.
const VICTIM: &str = include_str!("gui_hostile/victim.html");

/// An app with two windows. One, `attacker`, shows a hostile page. That sends `over` when it has
/// done what it can; then the other one, `victim`, and the script have to be well.
struct Attack {
    dir: AppDir,
    env: Vec<(&'static str, &'static str)>,
}

/// What came of an attack.
#[derive(Debug)]
struct Outcome {
    /// The messages and the system events that reached the app.
    reached: Vec<String>,
    stderr: Vec<String>,
}

impl Attack {
    /// With this page. It may use `forge.js` and `arrived`, and sends `failed` when a script of it
    /// does.
    fn with(page: &str) -> Attack {
        let page = &format!("{GUARD}{page}");
        let dir = AppDir::of(APP, "")
            .file("setup.ts", "export const options = {};")
            .file("victim.html", VICTIM)
            .file("attack.html", page)
            .file("forge.js", FORGE);
        Attack {
            dir,
            // Floods are not to be logged.
            env: vec![("RUST_LOG", "warn,ipc=debug")],
        }
    }

    /// With more files, or others.
    fn file(self, path: &str, text: &str) -> Attack {
        let dir = self.dir.file(path, text);
        Attack { dir, ..self }
    }

    /// On pages whose messages take the webview's own ways.
    fn without_sockets(mut self) -> Attack {
        self.env.extend_from_slice(WITHOUT_SOCKETS);
        self
    }

    /// With a log of this and nothing else, as `RUST_LOG` says it.
    fn logging(mut self, filter: &'static str) -> Attack {
        self.env.push(("RUST_LOG", filter));
        self
    }

    /// With a module that runs before the windows open. It exports `options`, those of the
    /// attacker's window.
    fn setup(self, text: &str) -> Attack {
        self.file("setup.ts", text)
    }

    /// With a page that hears `blocked` when the app has heard of an incident. `options` are those of
    /// its window, as inside of an object.
    fn told_of_incidents(self, options: &str) -> Attack {
        self.setup(&format!(
            r#"
            import {{ onIncident }} from "host:window";
            import {{ sendToWindow }} from "host:ipc";

            export const options = {{ {options} }};
            onIncident(() => sendToWindow("attacker", "blocked"));
            "#
        ))
    }

    /// With the permission to show pages of this origin, and a policy that forbids none.
    fn showing(self, origin: &str) -> Attack {
        let manifest = format!(r#"{{"permissions": {{"origins": ["{origin}"]}}, "csp": "{LAX}"}}"#);
        self.file("host.json", &manifest)
    }

    /// With a policy that forbids no frame and no worker.
    fn lax(self) -> Attack {
        self.file("host.json", &format!(r#"{{"csp": "{LAX}"}}"#))
    }

    fn start<'a>(&self, display: &'a Display) -> RunningApp<'a> {
        display.run_in(self.dir.main(), &self.env)
    }

    /// Runs the app to its end, which is one that the script chooses.
    fn run(self) -> Outcome {
        let display = Display::start();
        Outcome::of(self.start(&display))
    }
}

impl Outcome {
    fn of(app: RunningApp<'_>) -> Outcome {
        let (mut reached, stderr) = app.expect_exit(0);
        let last = reached.pop();
        assert_eq!(
            last.as_deref(),
            Some("all is well"),
            "{reached:#?} {stderr:#?}"
        );
        Outcome { reached, stderr }
    }

    /// The warnings that contain `text`.
    fn warnings(&self, text: &str) -> usize {
        let warnings = self.stderr.iter().filter(|line| line.contains("WARN"));
        warnings.filter(|line| line.contains(text)).count()
    }
}

/// Tells of an attack that is wrong itself, and when what the page has posted past `window.host` would
/// have arrived: that would take the webview's way, as a request to the app's scheme does, and messages
/// take another. `native` posts by whatever there is to post with.
const GUARD: &str = r#"<script>
    const native = {
      postMessage(value) {
        const ways = [...Object.values(window.webkit?.messageHandlers ?? {}), window.chrome?.webview, window.ipc];
        for (const name of ["ipc", "host"]) ways.push(window.webkit?.messageHandlers?.[name]);
        for (const way of ways) try { way?.postMessage(value); } catch {}
      },
    };
    const arrived = () => fetch("app://localhost/attack.html").then(() => {});
    addEventListener("error", ({ message }) => host.send("failed", message));
    addEventListener("unhandledrejection", ({ reason }) => host.send("failed", String(reason)));
</script>"#;

/// What code does that has no `window.host`.
const FORGE: &str = include_str!("gui_hostile/forge.js");

/// A content security policy under which a page may have any frame and worker.
const LAX: &str = "default-src * app: 'unsafe-inline' data: blob:";
