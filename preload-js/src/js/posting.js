// How text gets to the host from a page without a socket.

/**
 * A node that is in no document, once bridge.js has sent it: only these two scripts have it, so that
 * they alone see its text and its events.
 */
let bridge;

/** Whether the host can be told anything. What there is to tell waits until then. */
const hasWay = () => socket !== undefined || native !== undefined || bridge !== undefined;

/** Posts a text by the webview's message function, or by the bridge. */
const post = native !== undefined ? bound(native.postMessage, native) : (text) => {
  setData(bridge, text);
  dispatchEvent(bridge, new Event("post"));
  setData(bridge, "");
};

/**
 * Asks for the bridge, which may be there already or come later: both scripts run before those of the
 * page, and which of them is first depends on the webview. The names of the events have the key in
 * them, so that no page can ask, or answer.
 */
const meetBridge = () => {
  addListener(document, key + "-bridge", (event) => {
    bridge = relatedTargetOf(event);
    flush();
  });
  dispatchEvent(document, new Event(key + "-ask"));
};
