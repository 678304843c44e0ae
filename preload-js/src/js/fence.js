// Keeps documents of other origins from loading the app's files, by a policy of their own: webviews ask
// for a script, a style or a picture without a word about whose document wants it. Runs at document
// start in every frame, before anything in it can load.
//
// What it allows is everything that is not the app's. No script of the document can take it back. Where no
// policy counts, in documents that are not HTML, nothing loads. A worker from the network has a policy of its
// own, so frames have none of these: the page above may be one of the app's, whose requests are answered.

if (window.origin !== origin) {
  const XHTML = "http://www.w3.org/1999/xhtml";
  const root = document.documentElement;
  if (root instanceof HTMLHtmlElement) {
    const policy = document.createElementNS(XHTML, "meta");
    policy.httpEquiv = "Content-Security-Policy";
    policy.content =
      "default-src http: https: ws: wss: data: blob: about: mediastream: filesystem: 'unsafe-inline' 'unsafe-eval'" +
      (window === window.top ? "" : "; worker-src data: blob:");
    // A policy counts in a head, and stays when that has gone.
    const head = document.createElementNS(XHTML, "head");
    head.append(policy);
    root.append(head);
    head.remove();
  } else {
    window.stop();
    root.remove();
  }
}
