import type { Detail } from "./errors.js";
import { formats } from "./formats.js";

/** The first problem of a value: a JSON pointer (RFC 6901) to its place, and a message. */
export type Fault = Detail;

/**
 * Checks incoming data. Every method returns the first problem, or undefined if there is none or
 * the type is unknown.
 */
export interface Validator {
  /** Checks the answer to a request of a type. */
  answer(request: string, value: unknown): Fault | undefined;
  /** Checks the `data` of a broadcast of a type. */
  event(type: string, data: unknown): Fault | undefined;
  /** Checks a frame that is neither a response nor a broadcast. */
  frame(type: string, frame: object): Fault | undefined;
}

/** A schema. A string is the name of a type. `null`: the value may be null too. */
export type Schema = string | ({ readonly null?: true } & Shape);

/** A range. An absent limit means no limit. */
interface Range {
  readonly min?: number;
  readonly max?: number;
}

interface ObjectShape extends Range {
  readonly type: "object";
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly additional?: Schema; // the schema of other members
  readonly closed?: true; // no other members are allowed
  readonly propertyNames?: Schema; // the schema of all keys
  readonly nullIsAbsent?: true; // null counts as absent if it is not a valid value
}

interface RawShape {
  readonly type: "raw";
  readonly any?: true;
  readonly null?: true;
  readonly boolean?: true;
  readonly number?: Schema;
  readonly string?: Schema;
  readonly array?: Schema;
  readonly object?: Schema;
  readonly enum?: readonly unknown[];
}

type Shape =
  | { readonly type: "boolean" | "null" }
  | { readonly type: "ref"; readonly to: string }
  | ({ readonly type: "integer"; readonly multipleOf?: number; readonly coerce?: true; readonly anySize?: true } & Range)
  | ({ readonly type: "number"; readonly exclusiveMinimum?: number; readonly exclusiveMaximum?: number; readonly multipleOf?: string } & Range)
  | ({ readonly type: "string"; readonly pattern?: RegExp; readonly format?: keyof typeof formats } & Range)
  | { readonly type: "enum"; readonly values: readonly string[] }
  | { readonly type: "const"; readonly value: unknown }
  | ({ readonly type: "array"; readonly items: Schema; readonly unique?: true } & Range)
  | ObjectShape
  | { readonly type: "union"; readonly tag: string; readonly oneOf: { readonly [value: string]: Schema } }
  | RawShape;

/** The types of a protocol, by name. */
export interface Types {
  readonly [name: string]: Schema;
}

/** The deepest nesting of objects and arrays. */
const maxDepth = 16;

/** Matches a lone surrogate, which is not a character. */
const loneSurrogate = /[\uD800-\uDFFF]/u;

type Members = { readonly [name: string]: unknown };

/**
 * Returns the first problem of a value from JSON.parse; undefined: it is valid.
 *
 * The result is that of the server's codec, which reads the text, except for what JSON.parse hides:
 *
 * - duplicate: of a key that occurs twice in an object, only the last value is visible. The codec
 *   refuses both.
 * - precision: a number is the nearest double. A number beyond 2^53 or with more digits is checked
 *   as this double.
 * - underflow: a number so small that it becomes 0 is checked as 0.
 * - overflow: a number so large that it becomes infinite is refused, as by the codec, but is
 *   accepted where any value is valid.
 * - encoding: bytes that are not UTF-8 never get here, because a socket that receives them is
 *   closed.
 */
export function fault(types: Types, schema: Schema, value: unknown): Fault | undefined {
  return checkGeneral(value, "", 0) ?? check(types, schema, value, "");
}

/** Checks the rules that apply to every value. */
function checkGeneral(value: unknown, path: string, depth: number): Fault | undefined {
  if (typeof value === "string") return loneSurrogate.test(value) ? { path, message: "has a lone surrogate" } : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  if (depth === maxDepth) return { path, message: `is nested deeper than ${maxDepth}` };
  for (const [name, member] of Object.entries(value)) {
    if (loneSurrogate.test(name)) return { path, message: "has a key with a lone surrogate" };
    const found = checkGeneral(member, childPath(path, name), depth + 1);
    if (found) return found;
  }
  return undefined;
}

const childPath = (path: string, name: string | number): string => `${path}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;

function check(types: Types, schema: Schema, value: unknown, path: string): Fault | undefined {
  if (typeof schema === "string") return check(types, types[schema] as Schema, value, path);
  if (value === null && (schema.null || schema.type === "null")) return undefined;
  const wrong = (message: string): Fault => ({ path, message });
  switch (schema.type) {
    case "null":
      return wrong("must be null");
    case "ref":
      return check(types, schema.to, value, path);
    case "boolean":
      return typeof value === "boolean" ? undefined : wrong("must be a boolean");
    case "integer": {
      const digits = schema.coerce && typeof value === "string" && /^[0-9]{1,16}$/.test(value);
      const number = digits ? Number(value) : value;
      if (typeof number !== "number" || !Number.isInteger(number)) return wrong("must be an integer");
      if (!schema.anySize && (number < -(2 ** 63) || number >= 2 ** 63)) return wrong("must fit into 64 bits");
      if (schema.multipleOf !== undefined && number % schema.multipleOf !== 0) return wrong(`must be a multiple of ${schema.multipleOf}`);
      return checkRange(schema, number, "");
    }
    case "number": {
      if (typeof value !== "number" || !Number.isFinite(value)) return wrong("must be a number");
      if (schema.exclusiveMinimum !== undefined && value <= schema.exclusiveMinimum) return wrong(`must be greater than ${schema.exclusiveMinimum}`);
      if (schema.exclusiveMaximum !== undefined && value >= schema.exclusiveMaximum) return wrong(`must be less than ${schema.exclusiveMaximum}`);
      if (schema.multipleOf !== undefined && !isMultipleOf(schema.multipleOf, value)) return wrong(`must be a multiple of ${schema.multipleOf}`);
      return checkRange(schema, value, "");
    }
    case "string": {
      if (typeof value !== "string") return wrong("must be a string");
      if (schema.pattern && !schema.pattern.test(value)) return wrong(`must match ${schema.pattern.source}`);
      if (schema.format && !formats[schema.format](value)) return wrong(`must be ${schema.format === "email" ? "an" : "a"} ${schema.format}`);
      return checkRange(schema, codePoints(value), "character");
    }
    case "enum":
      return schema.values.includes(value as string) ? undefined : wrong(`must be one of ${schema.values.join(", ")}`);
    case "const":
      return equal(schema.value, value) ? undefined : wrong(`must be ${JSON.stringify(schema.value)}`);
    case "array":
      return checkArray(schema);
    case "object":
      return isObject(value) ? checkObject(types, schema, value, path) : wrong("must be an object");
    case "union": {
      if (!isObject(value)) return wrong("must be an object");
      const tag = value[schema.tag];
      const variant = typeof tag === "string" && Object.hasOwn(schema.oneOf, tag) ? schema.oneOf[tag] : undefined;
      if (variant !== undefined) return check(types, variant, value, path);
      if (!Object.hasOwn(value, schema.tag)) return { path: childPath(path, schema.tag), message: "is required" };
      return { path: childPath(path, schema.tag), message: `must be one of ${Object.keys(schema.oneOf).join(", ")}` };
    }
    case "raw":
      return checkRaw(types, schema, value, path);
  }

  function checkRange({ min = -Infinity, max = Infinity }: Range, size: number, unit: string): Fault | undefined {
    const bound = (limit: number): string => (unit === "" ? `be ${limit}` : `have ${limit} ${unit}${limit === 1 ? "" : "s"}`);
    if (size < min) return wrong(`must ${bound(min)} at least`);
    if (size > max) return wrong(`must ${bound(max)} at most`);
    return undefined;
  }

  function checkArray({ items, unique, ...limits }: Extract<Shape, { type: "array" }>): Fault | undefined {
    if (!Array.isArray(value)) return wrong("must be an array");
    for (const [i, item] of value.entries()) {
      const found = check(types, items, item, childPath(path, i));
      if (found) return found;
      if (unique && value.slice(0, i).some((other) => equal(other, item))) return { path: childPath(path, i), message: "must differ from the items before it" };
    }
    return checkRange(limits, value.length, "item");
  }
}

function checkObject(types: Types, schema: ObjectShape, value: Members, path: string): Fault | undefined {
  const { properties = {}, required = [], additional, closed, propertyNames, nullIsAbsent } = schema;
  const present = new Set(Object.keys(value));
  for (const name of Object.keys(value)) {
    const at = childPath(path, name);
    const wrongName = propertyNames && check(types, propertyNames, name, at);
    if (wrongName) return wrongName;
    const own = Object.hasOwn(properties, name);
    const type = own ? properties[name] : additional;
    if (!own && closed) return { path: at, message: "is unknown" };
    if (type === undefined) continue;
    const found = check(types, type, value[name], at);
    if (own && nullIsAbsent && value[name] === null && found) present.delete(name);
    else if (found) return found;
  }
  for (const name of required) if (!present.has(name)) return { path: childPath(path, name), message: "is required" };
  const count = Object.keys(value).length;
  if (count < (schema.min ?? 0)) return { path, message: `must have ${schema.min} members at least` };
  if (count > (schema.max ?? Infinity)) return { path, message: `must have ${schema.max} members at most` };
  return undefined;
}

function checkRaw(types: Types, schema: RawShape, value: unknown, path: string): Fault | undefined {
  if (schema.any) return undefined;
  if (schema.enum && !schema.enum.some((one) => equal(one, value))) return { path, message: "must be one of the values listed" };
  const type = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  const accepted = type === "null" ? schema.null : schema[type as "boolean" | "number" | "string" | "array" | "object"];
  if (accepted === undefined) return schema.enum ? undefined : { path, message: `must not be of type ${type}` };
  return accepted === true ? undefined : check(types, accepted, value, path);
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The number of code points. */
function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >> 10 === 0x36) count--; // the first half of a surrogate pair
  return count;
}

/** Equality as defined by JSON Schema. */
function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal((a as Members)[key], (b as Members)[key]));
}

/** Reports whether value is an exact multiple of a decimal number. */
function isMultipleOf(divisorText: string, value: number): boolean {
  const [divisor, tens] = decimal(divisorText);
  const [digits, power] = decimal(String(value));
  const common = Math.min(tens, power);
  if (tens - common > 400) return digits === 0n; // smaller by more orders of magnitude than a double has
  return (digits * 10n ** BigInt(power - common)) % (divisor * 10n ** BigInt(tens - common)) === 0n;
}

/** A decimal number as an integer and a power of ten. */
function decimal(text: string): [bigint, number] {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  return [BigInt(whole + fraction), Number(exponent) - fraction.length];
}
