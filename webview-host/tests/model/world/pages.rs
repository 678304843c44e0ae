//! Windows open and close, pages come and go and act.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ipc_protocol::{WindowCommand, WindowList, WindowSpec};
use webview_host::BackendEventKind;

use super::{World, id};
use crate::lists::{Asked, Handler, Heard, Post, Reaction, Window};
use crate::payloads::expected;
use crate::realm::Realm;
use crate::{Chan, How, Kind, Posts, Win};

impl World {
    pub(super) fn open(&mut self, window: Win) {
        let mut spec = WindowSpec::default();
        spec.id = Some(id(window));
        spec.accept_from = Some(WindowList::new(["w*".to_owned()]));
        self.router
            .open(spec, |result| assert_eq!(result, Ok(())))
            .unwrap();
        self.pump();
        let link = self.screen.link(&id(window)).unwrap();
        self.realms += 1;
        let life = self.windows[window].as_ref().map_or(1, |it| it.life + 1);
        self.windows[window] = Some(Window {
            life,
            is_open: true,
            realm: Realm::new(&self.runtime, &link, self.realms),
            realm_number: self.realms,
            link,
            handlers: Vec::new(),
            pages: Vec::new(),
            current: None,
            scripts: VecDeque::new(),
            downloads: Vec::new(),
            is_closing: false,
            gone: BTreeSet::new(),
            is_dead: false,
            must_reload: false,
            reloads: 0,
            sent: Vec::new(),
            refused: BTreeMap::new(),
            delivered: BTreeMap::new(),
            lost: BTreeMap::new(),
            has_relays: false,
            received: 0,
        });
        self.collect(window, &Reaction::default());
    }

    pub(super) fn close(&mut self, window: Win, how: How) {
        let it = self.windows[window].as_mut().unwrap();
        it.is_closing = true;
        match how {
            How::Asked => {
                let asked = self
                    .router
                    .command(&id(window), WindowCommand::Close, |_| {});
                asked.unwrap();
                self.asked_to_close.push(window);
            }
            How::ByUser => {
                self.asked_by_users.push(window);
                self.host
                    .on_event(BackendEventKind::CloseRequested.of(id(window)));
            }
            How::Died => {
                self.host.on_event(BackendEventKind::Closed.of(id(window)));
                self.closed(window);
            }
        }
    }

    pub(super) fn closed(&mut self, window: Win) {
        assert!(!self.router.windows().contains(&id(window)));
        let it = self.windows[window].as_mut().unwrap();
        it.is_open = false;
        let heard = Heard {
            window,
            message: None,
        };
        self.quick.expect(&heard);
        self.slow.expect(&heard);
        self.end_calls(window, "window-closed", |_| true);
    }

    pub(super) fn reload(&mut self, window: Win, posts: Posts) {
        if matches!(posts, Posts::Before) && self.has_page(window) {
            self.break_all_off(window, 1);
            let n = self.next();
            let realm = &self.window(window).realm;
            realm.hide();
            // As a webview does when a page is left.
            realm.fail_requests();
            realm.run(&format!("app.send({n})"));
            let mut reaction = Reaction::default();
            if expected(n, n).starts_with('b') {
                reaction.fail_transfer("up");
            }
            self.collect(window, &reaction);
        }
        self.realms += 1;
        let number = self.realms;
        let mut late = self.leave(window, posts);
        let it = self.windows[window].as_mut().unwrap();
        it.is_dead = false;
        it.must_reload = false;
        it.realm_number = number;
        it.realm = Realm::new(&self.runtime, &it.link, number);
        self.collect(window, &Reaction::default());
        self.wire.append(&mut late);
    }

    /// The shown page is left. Returns those of its posts that the host sees late.
    fn leave(&mut self, window: Win, posts: Posts) -> Vec<Post> {
        let it = self.windows[window].as_mut().unwrap();
        let mut late: Vec<_> = match posts {
            Posts::Before => Vec::new(),
            Posts::Lost | Posts::After => {
                let life = it.life;
                let is_its = |post: &mut Post| (post.window, post.life) == (window, life);
                self.wire.extract_if(.., is_its).collect()
            }
        };
        // A page whose greeting is late was never there.
        let current = it.current;
        late.retain(|it| matches!(posts, Posts::After) && Some(it.page) == current);
        it.scripts.clear();
        it.downloads.clear();
        it.handlers.clear();
        late
    }

    /// The process of the shown page ends.
    pub(super) fn crash(&mut self, window: Win, posts: Posts) {
        if let Posts::Before = posts {
            self.see(window, usize::MAX);
        }
        let mut late = self.leave(window, posts);
        let it = self.window(window);
        (it.is_dead, it.must_reload) = (true, true);
        if let Some(page) = it.current.take() {
            it.gone.insert(page);
        }
        self.end_calls(window, "page-gone", |call| call.is_taken);
        self.screen.kill_page(&id(window));
        for event in self.screen.take_events() {
            self.host.on_event(event);
        }
        self.hear();
        self.take_replies();
        self.check_offers(window);
        self.wire.append(&mut late);
    }

    pub(super) fn listen(&mut self, window: Win, channel: Chan, kind: Kind, is_once: bool) {
        let number = self.next();
        add_handler(
            &mut self.window(window).handlers,
            Handler {
                channel,
                kind,
                is_once,
                number,
            },
        );
        let method = if is_once { "once" } else { "on" };
        self.page(
            window,
            &format!("{method}('{channel}', '{}')", name_of(kind)),
        );
    }

    pub(super) fn ask(&mut self, window: Win, most: Option<usize>) -> usize {
        let n = self.next();
        let it = self.window(window);
        let (life, realm) = (it.life, it.realm_number);
        self.asked.push(Asked {
            n,
            window,
            life,
            realm,
            chunks: 0,
            most,
            is_lost: false,
            is_settled: false,
        });
        n
    }

    /// Has the page do something.
    pub(super) fn page(&mut self, window: Win, act: &str) {
        self.window(window).realm.run(&format!("app.{act}"));
        self.collect(window, &Reaction::default());
    }
}

pub(super) fn add_handler(handlers: &mut Vec<Handler>, handler: Handler) {
    let is_same = |it: &Handler| (it.channel, it.kind) == (handler.channel, handler.kind);
    if !handlers.iter().any(is_same) {
        handlers.push(handler);
    }
}

pub(super) fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Plain => "plain",
        Kind::Echo => "echo",
        Kind::Late => "late",
        Kind::Later => "later",
        Kind::Throws => "throws",
        Kind::More => "more",
        Kind::Less => "less",
    }
}
