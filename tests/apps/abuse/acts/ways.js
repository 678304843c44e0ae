// Ways out of the page, to other pages of the app, and to windows.

const elsewhere = ["http://127.0.0.1:9/", "data:text/html,x", "about:blank", "file:///etc/passwd", "mailto:x", "nope:x"];
const attempt = (act) => {
  try {
    act();
  } catch {
    // The webview itself refuses.
  }
};

Object.assign(acts, {
  leave: ([a, b]) => {
    for (let n = 0; n < 100; n++) attempt(() => location.assign(elsewhere[n % 6] + "y".repeat(b * 1e5)));
    if (a < 0.5) attempt(() => location.assign(`app://localhost/${["index.html", "missing", "big.bin"][Math.floor(a * 6)]}`));
  },
  "reload-itself": () => location.reload(),
  history: ([a]) => {
    for (let n = 0; n < 100; n++) {
      attempt(() => history.pushState(n, "", `?${n}`));
      attempt(() => history.go(n % 3 - 1));
    }
    if (a < 0.5) history.back();
  },
  fragments: ([a, b]) => {
    let n = 0;
    const timer = setInterval(() => {
      attempt(() => location.hash = "h".repeat(1 + b * 3e6) + n);
      if (++n > a * 50) clearInterval(timer);
    }, 20);
  },
  popups: ([a]) => {
    for (let n = 0; n < a * 1_000; n++) attempt(() => open(elsewhere[n % 6] + "z".repeat(1e4), n % 2 ? "" : `name${n}`));
    const link = document.createElement("a");
    link.target = "_blank";
    for (link.href of elsewhere) link.click();
  },
  "blocked-frames": ([a]) => {
    for (let n = 0; n < a * 200; n++) {
      const frame = document.createElement("iframe");
      frame.src = elsewhere[n % 6];
      document.documentElement.append(frame);
      setTimeout(() => frame.remove(), 2_000);
    }
  },
  // Frames in frames, each of which posts and requests.
  nest: ([a]) => {
    const depth = Math.floor(a * 12);
    const grow = (inside, level) => {
      for (let n = 0; n < 2 && level < depth; n++) {
        const frame = document.createElement("iframe");
        if (n) frame.sandbox = "allow-scripts";
        frame.srcdoc = "<script>fetch('app://localhost/missing').catch(()=>{});window.webkit?.messageHandlers?.ipc?.postMessage({toString:1})</" + "script>";
        inside.documentElement?.append(frame);
        if (!n) frame.onload = () => attempt(() => grow(frame.contentDocument, level + 1));
      }
    };
    grow(document, 0);
  },
  titles: ([a, b]) => {
    for (let n = 0; n < a * 5_000; n++) document.title = n + "t".repeat(b * 1e5);
  },
  close: ([a]) => {
    for (let n = 0; n < a * 5_000; n++) close();
  },
  "push-state": ([a]) => {
    for (let n = 0; n < 100; n++) {
      attempt(() => history.pushState("s".repeat(a * 1e7), "", `?${n}`));
      attempt(() => history.replaceState("s".repeat(a * 1e7), ""));
    }
  },
});
