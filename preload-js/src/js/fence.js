// Keeps documents of other origins from loading the app's files, by a policy of their own: webviews ask
// for a script, a style or a picture without a word about whose document wants it. Runs at document
// start in every frame, before anything in it can load.
//
// The policy allows every source but the app, and no script of the document can remove it. Frames need more:
// documents that are not HTML ignore such a policy, so they load nothing; workers from the network have a
// policy of their own, so none starts. A top page of another origin needs neither: the app's origin answers
// none of its requests.

if (window.origin !== origin) {
  const XHTML = "http://www.w3.org/1999/xhtml";
  const root = document.documentElement;
  const isFrame = window !== window.top;
  if (root instanceof HTMLHtmlElement) {
    const policy = document.createElementNS(XHTML, "meta");
    policy.httpEquiv = "Content-Security-Policy";
    policy.content =
      "default-src http: https: ws: wss: data: blob: about: mediastream: filesystem: 'unsafe-inline' 'unsafe-eval'" +
      (isFrame ? "; worker-src data: blob:" : "");
    // A policy counts in a head, and stays when that has gone.
    const head = document.createElementNS(XHTML, "head");
    head.append(policy);
    root.append(head);
    head.remove();
  } else if (isFrame) {
    window.stop();
    root.remove();
  }
}
