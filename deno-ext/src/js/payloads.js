// Payloads on their way out: JSON text, or bytes.

(function () {
  const { core } = __bootstrap;
  const { codedError, describe } = core.loadExtScript("ext:host_ipc/errors.js");

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
      // The question spares most objects an error, which takes long.
      return "byteLength" in value && length(value) >= 0;
    } catch {
      return false;
    }
  }

  /** The class of a buffer or of a view of one; undefined for anything else. */
  function memoryType(value) {
    if (typeof value !== "object" || value === null) return undefined;
    if (ArrayBuffer.isView(value)) return nameOf(value) ?? "DataView";
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

  /**
   * A payload as ops take it: JSON text, or a Uint8Array, which is not a copy. `about` are
   * properties of the error when it can be neither.
   */
  function encode(payload, about) {
    if (payload === undefined) return "null";
    const type = memoryType(payload);
    if (type !== undefined && type !== "ArrayBuffer" && type !== "Uint8Array") {
      throw badPayload(`a payload of bytes is a Uint8Array or an ArrayBuffer, not a ${type}`, about);
    }
    let encoded;
    try {
      encoded = type === undefined ? JSON.stringify(payload) : viewOf(payload, type);
    } catch (cause) {
      throw badPayload(describe(cause), { ...about, cause });
    }
    if (encoded === undefined) {
      throw badPayload(`JSON has no form for this ${typeof payload}`, about);
    }
    return encoded;
  }

  function badPayload(reason, properties) {
    const message = `the payload cannot be sent: ${reason}`;
    return codedError(TypeError, "bad-payload", message, properties);
  }

  return { encode };
})();
