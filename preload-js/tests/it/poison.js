// Replaces every built-in function that can be replaced, and puts accessors that throw wherever
// code that is not careful would find them.
{
  const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Object;
  const { ownKeys } = Reflect;
  const { Error: Poison } = window;
  const bomb = () => {
    throw new Poison("poisoned");
  };
  const put = (target, key, kind) => {
    const descriptor = { __proto__: null, configurable: true };
    if (kind === "accessor") {
      descriptor.get = bomb;
      descriptor.set = bomb;
    } else {
      descriptor.value = bomb;
      descriptor.writable = true;
    }
    defineProperty(target, key, descriptor);
  };
  const roots = [
    Object, Function, Array, String, Number, Boolean, Symbol, BigInt, Map, Set, WeakMap, Promise,
    RegExp, Error, TypeError, Uint8Array, getPrototypeOf(Uint8Array), ArrayBuffer, DataView, Proxy,
    JSON, Reflect, Math, TextEncoder, XMLHttpRequest,
    getPrototypeOf([][Symbol.iterator]()), getPrototypeOf(new Map().entries()),
    getPrototypeOf(async function () {}), getPrototypeOf(async function* () {}),
    getPrototypeOf(async function* () {}.prototype),
    getPrototypeOf(getPrototypeOf(async function* () {}.prototype)),
    AbortController, AbortSignal, EventTarget,
    CharacterData, Event, FocusEvent, Node, PageTransitionEvent, crypto, console,
    window.webkit?.messageHandlers.ipc ?? {},
  ];
  const targets = [];
  for (let i = 0; i < roots.length; i++) {
    targets[targets.length] = roots[i];
    if (roots[i].prototype) targets[targets.length] = roots[i].prototype;
  }
  const globals = [
    "Object", "Function", "Array", "String", "Map", "Set", "Promise", "Error", "TypeError",
    "Uint8Array", "ArrayBuffer", "TextEncoder", "XMLHttpRequest", "location", "JSON", "Reflect", "crypto", "console", "queueMicrotask", "reportError",
    "PageTransitionEvent", "webkit", "document", "setTimeout", "clearTimeout",
    "AbortController", "AbortSignal", "CharacterData", "Event", "EventTarget", "FocusEvent", "Node",
  ];
  const innocent = [
    "0", "1", "-1", "value", "get", "set", "writable", "configurable", "enumerable", "code",
    "channel", "sendChannels", "receiveChannels", "cause", "payload", "page", "seq", "type", "key", "reserved",
    "capture", "once", "passive", "signal", "then", "persisted",
    "timeoutMs", "name", "message", "stack", "error", "call", "count", "from", "window", "number",
    "bytes", "frames", "first", "isPending", "of", "start", "end", "response", "status", "target",
    "responseType", "path", "above", "object", "advice", "next", "return", "done", "chunk", "result", "givenUp", "handler", "resolve", "reject",
  ];
  for (let i = 0; i < targets.length; i++) {
    const keys = ownKeys(targets[i]);
    for (let k = 0; k < keys.length; k++) {
      const { configurable, get, value } = getOwnPropertyDescriptor(targets[i], keys[k]);
      if (!configurable) continue;
      if (get) put(targets[i], keys[k], "accessor");
      else if (typeof value === "function") put(targets[i], keys[k], "value");
    }
  }
  const prototypes = [Object.prototype, Array.prototype, String.prototype];
  for (let i = 0; i < globals.length; i++) {
    // Of a webview's window, some cannot be.
    if (getOwnPropertyDescriptor(window, globals[i])?.configurable === false) continue;
    put(window, globals[i], "value");
  }
  for (let i = 0; i < prototypes.length; i++) {
    for (let k = 0; k < innocent.length; k++) put(prototypes[i], innocent[k], "accessor");
  }
}
