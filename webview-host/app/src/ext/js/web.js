// The web APIs in the global scope. What is not needed to start is loaded when first used.
(function () {
const { core, primordials } = __bootstrap;
const { ObjectSetPrototypeOf } = primordials;

// The runtime decides from deno_core's statistics whether anything is pending. These leave out
// "system" timers, the kind of AbortSignal.timeout(), so make them ordinary ones.
core.createSystemTimer = (callback, after, isRefed) =>
  core.createTimer(callback, after, undefined, false, isRefed);

const webidl = core.loadExtScript("ext:deno_webidl/00_webidl.js");
const event = core.loadExtScript("ext:deno_web/02_event.js");

const lazily = (name) => () => core.loadExtScript(`ext:deno_web/${name}.js`);
const abortSignal = lazily("03_abort_signal");
const base64 = lazily("05_base64");
const console = lazily("01_console");
const domException = lazily("01_dom_exception");
const encoding = lazily("08_text_encoding");
const file = lazily("09_file");
const fileReader = lazily("10_filereader");
const globalInterfaces = lazily("04_global_interfaces");
const messagePort = lazily("13_message_port");
const streams = lazily("06_streams");
const timers = lazily("02_timers");
const url = lazily("00_url");

let performanceModule;
function performance() {
  if (performanceModule === undefined) {
    performanceModule = core.loadExtScript("ext:deno_web/15_performance.js");
    performanceModule.setTimeOrigin();
  }
  return performanceModule;
}

const constructors = (load, ...names) => {
  const properties = { __proto__: null };
  for (const name of names) {
    properties[name] = core.propNonEnumerableLazyLoaded(
      (module) => module[name],
      load,
    );
  }
  return properties;
};
const functions = (load, ...names) => {
  const properties = { __proto__: null };
  for (const name of names) {
    properties[name] = core.propWritableLazyLoaded(
      (module) => module[name],
      load,
    );
  }
  return properties;
};

function newConsole(boot) {
  const { Console, setNoColorFns } = console();
  setNoColorFns(() => !boot.colorStdout, () => !boot.colorStderr);
  return new Console((message, level) => core.print(message, level > 1));
}

// An error that nothing caught ends the app, unless a listener of the "error" event prevents it;
// "unhandledrejection" does the same for promises.
function installErrorEvents(globalThis) {
  core.setReportExceptionCallback(event.reportException);
  core.setUnhandledPromiseRejectionHandler((promise, reason) => {
    const rejection = new event.PromiseRejectionEvent("unhandledrejection", {
      cancelable: true,
      promise,
      reason,
    });
    globalThis.dispatchEvent(rejection);
    return rejection.defaultPrevented;
  });
  core.setHandledPromiseRejectionHandler((promise, reason) => {
    globalThis.dispatchEvent(
      new event.PromiseRejectionEvent("rejectionhandled", { promise, reason }),
    );
  });
  event.defineEventHandler(globalThis, "error");
  event.defineEventHandler(globalThis, "unhandledrejection");
  event.defineEventHandler(globalThis, "rejectionhandled");
}

// Errors of these names come from ops, which know nothing of DOMException.
function registerDomExceptions() {
  for (
    const name of [
      "IndexSizeError",
      "InvalidCharacterError",
      "InvalidStateError",
      "SyntaxError",
    ]
  ) {
    core.registerErrorBuilder(
      `DOMException${name}`,
      (message) => new (domException().DOMException)(message, name),
    );
  }
}

function install(boot) {
  ObjectSetPrototypeOf(globalThis, globalInterfaces().Window.prototype);
  globalThis[webidl.brand] = webidl.brand;
  event.setEventTargetData(globalThis);
  event.saveGlobalThisReference(globalThis);

  core.defineGlobalProperties(globalThis, {
    self: core.propWritable(globalThis),
    console: core.propNonEnumerable(newConsole(boot)),
    performance: core.propWritableLazyLoaded(
      (module) => module.performance,
      performance,
    ),
    reportError: core.propWritable(event.reportError),
    ...functions(base64, "atob", "btoa"),
    ...functions(messagePort, "structuredClone"),
    ...functions(
      timers,
      "clearInterval",
      "clearTimeout",
      "setInterval",
      "setTimeout",
    ),
    ...constructors(abortSignal, "AbortController", "AbortSignal"),
    ...constructors(domException, "DOMException"),
    ...constructors(
      encoding,
      "TextDecoder",
      "TextDecoderStream",
      "TextEncoder",
      "TextEncoderStream",
    ),
    ...constructors(
      () => event,
      "CloseEvent",
      "CustomEvent",
      "ErrorEvent",
      "Event",
      "EventTarget",
      "MessageEvent",
      "ProgressEvent",
      "PromiseRejectionEvent",
    ),
    ...constructors(file, "Blob", "File"),
    ...constructors(fileReader, "FileReader"),
    ...constructors(
      performance,
      "Performance",
      "PerformanceEntry",
      "PerformanceMark",
      "PerformanceMeasure",
    ),
    ...constructors(
      streams,
      "ByteLengthQueuingStrategy",
      "CountQueuingStrategy",
      "ReadableByteStreamController",
      "ReadableStream",
      "ReadableStreamBYOBReader",
      "ReadableStreamBYOBRequest",
      "ReadableStreamDefaultController",
      "ReadableStreamDefaultReader",
      "TransformStream",
      "TransformStreamDefaultController",
      "WritableStream",
      "WritableStreamDefaultController",
      "WritableStreamDefaultWriter",
    ),
    ...constructors(url, "URL", "URLSearchParams"),
  });
  installErrorEvents(globalThis);
  registerDomExceptions();
}

return { install };
})();
