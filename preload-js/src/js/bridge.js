// Takes the messages of the preload script to the host, where the page's own world has no message
// function. worlds.rs makes it a script of its own, which runs at document start, in the top frame and
// in a script world of its own: there the page and its frames have no access to the webview's function.
// Worlds share the document, and no function: see `meetBridge` in posting.js.

const native = window.webkit.messageHandlers.host;
const bridge = document.createTextNode("");
const offer = () => {
  document.dispatchEvent(new FocusEvent(key + "-bridge", { relatedTarget: bridge }));
};
bridge.addEventListener("post", () => native.postMessage(bridge.data));
document.addEventListener(key + "-ask", offer);
offer();
