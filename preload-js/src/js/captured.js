// Gives the page `window.host`. preload.rs joins this file and its neighbours into one function,
// which is called once, at document start, in the page's main world, before any script of the
// page; `config` is what `Config` there holds.
//
// The page is not trusted, and may replace anything that can be replaced once it runs. So all
// that is needed later is captured first, nothing is looked up on a prototype (no array methods,
// spread, `for...of`; no template literals, since QuickJS calls `concat` for them), no property
// of an object is set by assignment (but elements of typed arrays, which have them themselves),
// descriptors inherit nothing, and the key and the page's id stay in variables that only this
// closure sees.
//
// What the page makes is its own: handlers, payloads, options, iterators and promises may run any
// code when they are called, read or awaited. So each is read once, what it throws is caught, and
// state is changed before. Promises of this script are only ever handed out: to await one, or to
// call its `then`, could hand the page the functions that settle it.

const {
  AbortController, AbortSignal, ArrayBuffer, crypto, document, Error, ErrorEvent, Event, EventTarget,
  JSON, Map, Object, Promise, queueMicrotask, Reflect, Set, String, Symbol, TextEncoder, TypeError,
  Uint8Array, XMLHttpRequest,
} = window;
const { defineProperty, freeze, getOwnPropertyDescriptor, getPrototypeOf, keys } = Object;
const { isArray } = window.Array;
const { isView } = ArrayBuffer;
const { parse, stringify } = JSON;
const { apply, ownKeys } = Reflect;
const { asyncIterator, iterator: syncIterator } = Symbol;

// A way to the host that goes around the webview, where there is one: nothing else gets hold of it.
const connect = getOwnPropertyDescriptor(window, "__hostSocket")?.value;
Reflect.deleteProperty(window, "__hostSocket");

// The script has run in this document. Only an own property counts: not an element of that name.
if (getOwnPropertyDescriptor(window, "__hostDeliver") !== undefined) return;

// Pages of other origins have no host. What is on its way to the page before may still arrive in
// one of them: there it finds nobody, and nobody can take it. A sandboxed page has an origin of its
// own here, though not in `location`.
if (!config.origins.includes(window.origin)) {
  defineProperty(window, "__hostDeliver", { __proto__: null, value: undefined });
  return;
}

// The engine's own object where there is one: the wrapper `window.ipc` looks it up again at
// each call, when the page may have put another function there. Where there is none, bridge.js may
// take messages, in a world of its own.
const native = window.webkit?.messageHandlers?.ipc ?? window.chrome?.webview ?? window.ipc;

const { bind, call } = Function.prototype;
/** `method` for good as a method of `receiver`. */
const bound = call.bind(bind);
/** `method` as a function of its receiver and arguments. */
const uncurry = (method) => bound(call, method);
const getter = (prototype, name) => uncurry(getOwnPropertyDescriptor(prototype, name).get);
const setter = (prototype, name) => uncurry(getOwnPropertyDescriptor(prototype, name).set);
const arrayPrototype = window.Array.prototype;
const objectPrototype = Object.prototype;
const errorEventPrototype = ErrorEvent.prototype;
const requestPrototype = XMLHttpRequest.prototype;
const violationPrototype = window.SecurityPolicyViolationEvent.prototype;
const viewPrototype = getPrototypeOf(Uint8Array).prototype;

/**
 * Runs the microtasks, once nothing else of the page runs. What calls this script over a socket leaves
 * them for later; WebKit runs them whenever a callback of the DOM has returned, such as this filter,
 * which has nothing to let through.
 */
const runMicrotasks = connect && (() => {
  const walk = document.createNodeIterator(document.createTextNode(""), 4, () => 2);
  return bound(walk.nextNode, walk);
})();

const clearTimeout = bound(window.clearTimeout, window);
const fillRandom = bound(crypto.getRandomValues, crypto);
const logError = bound(window.console.error, window.console);
const now = bound(window.performance.now, window.performance);
const report = window.reportError ?? logError;
const setTimeout = bound(window.setTimeout, window);

const abort = uncurry(AbortController.prototype.abort);
const addListener = uncurry(EventTarget.prototype.addEventListener);
const blockedOf = getter(violationPrototype, "blockedURI");
const bufferLength = getter(ArrayBuffer.prototype, "byteLength");
const buttonOf = getter(window.MouseEvent.prototype, "button");
const buttonsOf = getter(window.MouseEvent.prototype, "buttons");
const byteLength = getter(viewPrototype, "byteLength");
const charCodeAt = uncurry(String.prototype.charCodeAt);
const clicksOf = getter(window.UIEvent.prototype, "detail");
const columnOf = getter(errorEventPrototype, "colno");
const composedPath = uncurry(Event.prototype.composedPath);
const directiveOf = getter(violationPrototype, "effectiveDirective");
const dispatchEvent = uncurry(EventTarget.prototype.dispatchEvent);
const endsWith = uncurry(String.prototype.endsWith);
const errorOf = getter(errorEventPrototype, "error");
const fileOf = getter(errorEventPrototype, "filename");
const getAttribute = uncurry(window.Element.prototype.getAttribute);
const hasOwn = uncurry(objectPrototype.hasOwnProperty);
const includes = uncurry(arrayPrototype.includes);
const indexOf = uncurry(String.prototype.indexOf);
const isAborted = getter(AbortSignal.prototype, "aborted");
const isPersisted = getter(window.PageTransitionEvent.prototype, "persisted");
const isPrevented = getter(Event.prototype, "defaultPrevented");
const lineOf = getter(errorEventPrototype, "lineno");
const linkUrl = getter(window.HTMLLinkElement.prototype, "href");
const mapDelete = uncurry(Map.prototype.delete);
const mapForEach = uncurry(Map.prototype.forEach);
const mapGet = uncurry(Map.prototype.get);
const mapHas = uncurry(Map.prototype.has);
const mapSet = uncurry(Map.prototype.set);
const mapSize = getter(Map.prototype, "size");
const mediaUrl = getter(window.HTMLMediaElement.prototype, "currentSrc");
const matches = uncurry(window.Element.prototype.matches);
const messageOf = getter(errorEventPrototype, "message");
const nodeType = getter(window.Node.prototype, "nodeType");
const openRequest = uncurry(requestPrototype.open);
const preventDefault = uncurry(Event.prototype.preventDefault);
const relatedTargetOf = getter(window.FocusEvent.prototype, "relatedTarget");
const reasonOf = getter(AbortSignal.prototype, "reason");
const rejectionOf = getter(window.PromiseRejectionEvent.prototype, "reason");
const removeListener = uncurry(EventTarget.prototype.removeEventListener);
const responseOf = getter(requestPrototype, "response");
const scriptUrl = getter(window.HTMLScriptElement.prototype, "src");
const sendRequest = uncurry(requestPrototype.send);
const setAdd = uncurry(Set.prototype.add);
const setData = setter(window.CharacterData.prototype, "data");
const setBytes = uncurry(viewPrototype.set);
const setHas = uncurry(Set.prototype.has);
const setHeader = uncurry(requestPrototype.setRequestHeader);
const setResponseType = setter(requestPrototype, "responseType");
const signalOf = getter(AbortController.prototype, "signal");
const slice = uncurry(String.prototype.slice);
const sourceUrl = getter(window.HTMLSourceElement.prototype, "src");
const startsWith = uncurry(String.prototype.startsWith);
const statusOf = getter(requestPrototype, "status");
const stringIncludes = uncurry(String.prototype.includes);
const tagOf = uncurry(objectPrototype.toString);
const targetOf = getter(Event.prototype, "target");
const trim = uncurry(String.prototype.trim);
const utf8Of = bound(TextEncoder.prototype.encode, new TextEncoder());
const violationColumn = getter(violationPrototype, "columnNumber");
const violationLine = getter(violationPrototype, "lineNumber");
const violatorOf = getter(violationPrototype, "sourceFile");
const viewName = getter(viewPrototype, Symbol.toStringTag);
// Every engine with `JSON.rawJSON`, the only source of ill-formed JSON text, has this one too.
const isWellFormed = String.prototype.isWellFormed
  ? uncurry(String.prototype.isWellFormed)
  : () => true;
const toWellFormed = String.prototype.toWellFormed
  ? uncurry(String.prototype.toWellFormed)
  : () => "text that is not well-formed";

const {
  key, origin, reserved, sendChannels, receiveChannels, maxChannelBytes, maxPayloadBytes, stacks,
} = config;
