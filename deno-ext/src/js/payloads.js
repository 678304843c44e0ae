// Payloads on their way out: JSON text, or bytes.

(function () {
  const { core } = __bootstrap;
  const { op_ipc_long } = core.ops;
  const { codedError, textOf } = core.loadExtScript("ext:host_ipc/errors.js");

  const { toString } = Object.prototype;
  const { mayBeUnfit, whyUnfit } = core.loadExtScript("ext:host_ipc/unfit.js")({
    arrayPrototype: Array.prototype,
    getOwnPropertyDescriptor: Object.getOwnPropertyDescriptor,
    getPrototypeOf: Object.getPrototypeOf,
    hasOwn: Object.hasOwn,
    includes: (text, part) => text.includes(part),
    isArray: Array.isArray,
    // There is no document.
    isNode: () => false,
    isView: ArrayBuffer.isView,
    keys: Object.keys,
    objectPrototype: Object.prototype,
    stringify: JSON.stringify,
    tagOf: (value) => toString.call(value).slice("[object ".length, -1),
  });

  /** A getter that only takes objects of one class, whatever realm or subclass they are of. */
  function getter(Class, name) {
    const { get } = Object.getOwnPropertyDescriptor(Class.prototype, name);
    return (value) => get.call(value);
  }

  const TypedArray = Object.getPrototypeOf(Uint8Array);
  const { keys } = TypedArray.prototype;
  const nameOf = getter(TypedArray, Symbol.toStringTag);
  const bufferOf = getter(TypedArray, "buffer");
  const offsetOf = getter(TypedArray, "byteOffset");
  const lengthOf = getter(TypedArray, "byteLength");
  const bufferLengthOf = getter(ArrayBuffer, "byteLength");
  const sharedLengthOf = getter(SharedArrayBuffer, "byteLength");

  /** Whether the length of some class of buffers is one that `value` has. */
  function hasLength(value, length) {
    try {
      return length(value) >= 0;
    } catch {
      return false;
    }
  }

  /** False for most objects: to ask them for a length they do not have takes long. */
  function mayBeBuffer(value) {
    try {
      return "byteLength" in value;
    } catch {
      return false;
    }
  }

  /** The class of a buffer or of a view of one; undefined for anything else. */
  function memoryType(value) {
    if (typeof value !== "object" || value === null) return undefined;
    if (ArrayBuffer.isView(value)) return nameOf(value) ?? "DataView";
    if (!mayBeBuffer(value)) return undefined;
    if (hasLength(value, bufferLengthOf)) return "ArrayBuffer";
    return hasLength(value, sharedLengthOf) ? "SharedArrayBuffer" : undefined;
  }

  /** The same bytes as a plain Uint8Array. Throws when they are there no more. */
  function viewOf(memory, type) {
    if (type === "ArrayBuffer") return new Uint8Array(memory);
    // Unlike a getter, it throws when the buffer is detached or has become too short.
    keys.call(memory);
    // One engine gives ops an array that grows and shrinks with its buffer with its first length.
    return new Uint8Array(bufferOf(memory), offsetOf(memory), lengthOf(memory));
  }

  /** From how many units on a string is long: Rust quotes it in less time than the engine. */
  const LONG = op_ipc_long();

  /** What stands for a long string in JSON text. Nobody knows it, so that no payload has it. */
  const MARK = `${Math.random()}${Math.random()}`;

  /** How many long texts pass after one in which there were no long strings. */
  const PATIENCE = 16;

  /** How many more pass until one is asked for long strings, which takes longer if it has none. */
  let passing = 1;

  function isLong(value) {
    // A lone surrogate is lost on the way to Rust; JSON escapes it.
    return typeof value === "string" && value.length >= LONG && value.isWellFormed();
  }

  /** As JSON.stringify, or a list: the text's pieces, then the long strings between them. */
  function stringifyAround(payload) {
    const strings = [];
    const text = JSON.stringify(payload, (_, value) => {
      if (!isLong(value)) return value;
      strings.push(value);
      return MARK;
    });
    if (strings.length > 0) return [...text.split(`"${MARK}"`), ...strings];
    if (text?.length >= LONG) passing = PATIENCE;
    return text;
  }

  /**
   * A payload as ops take it: JSON text, which may be in pieces, or a Uint8Array, which is not a
   * copy. `about` are properties of the error when it can be neither.
   */
  function encode(payload, about) {
    if (payload === undefined) return "null";
    if (typeof payload === "string") {
      return isLong(payload) ? ["", "", payload] : JSON.stringify(payload);
    }
    const type = memoryType(payload);
    if (type !== undefined) return encodeBytes(payload, type, about);
    let encoded;
    try {
      encoded = passing > 0 ? JSON.stringify(payload) : stringifyAround(payload);
    } catch (cause) {
      const reason = whyUnfit(payload) ?? `code in it threw ${textOf(cause, "message") ?? "an error"}`;
      throw badPayload(reason, { ...about, cause });
    }
    if (encoded === undefined) {
      throw badPayload(whyUnfit(payload) ?? "its toJSON() returns nothing", about);
    }
    const isSuspect = typeof encoded === "string"
      ? mayBeUnfit(payload, encoded)
      : piecesOf(encoded).some((piece) => mayBeUnfit(payload, piece));
    const reason = isSuspect ? whyUnfit(payload) : undefined;
    if (reason !== undefined) throw badPayload(reason, about);
    if (passing > 0 && encoded.length >= LONG) passing -= 1;
    return encoded;
  }

  function encodeBytes(payload, type, about) {
    if (type !== "ArrayBuffer" && type !== "Uint8Array") {
      throw badPayload(whyUnfit(payload) ?? `it is of type ${type}`, about);
    }
    try {
      return viewOf(payload, type);
    } catch (cause) {
      throw badPayload("its bytes cannot be read", { ...about, cause });
    }
  }

  /** What was encoded in pieces, without the long strings between them. */
  function piecesOf(encoded) {
    return encoded.slice(0, (encoded.length + 1) / 2);
  }

  /** Whether what `encode` returned is JSON, and not bytes. */
  function isJson(encoded) {
    return typeof encoded === "string" || Array.isArray(encoded);
  }

  /** How much `encode` returned, in UTF-16 units or bytes. */
  function sizeOf(encoded) {
    if (!Array.isArray(encoded)) return encoded.length;
    return encoded.reduce((size, { length }) => size + length, 0);
  }

  function badPayload(reason, properties) {
    const message = `the payload on "${properties.channel}" cannot be sent: ${reason}`;
    return codedError(TypeError, "bad-payload", message, properties);
  }

  return { encode, isJson, sizeOf };
})();
