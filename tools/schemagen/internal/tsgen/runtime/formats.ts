/** The forms of strings that JSON Schema draft-07, section 7.3, names, as far as a protocol can use them. */
export const formats = { "date-time": isDateTime, uuid: isUUID, uri: isURI, email: isEmail };

/** A date-time of RFC 3339, section 5.6. A leap second is accepted where one can stand: in the last minute of a day in UTC. */
function isDateTime(text: string): boolean {
  const parts = /^(\d{4})-(\d\d)-(\d\d)t(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])(\d\d):(\d\d))$/i.exec(text);
  if (parts === null) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const [offsetHour, offsetMinute] = [Number(parts[8] ?? 0), Number(parts[9] ?? 0)];
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return false;
  const leapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  if (days === undefined || day < 1 || day > days) return false;
  if (second < 60) return true;
  const offset = (offsetHour * 60 + offsetMinute) * (parts[7] === "-" ? -1 : 1);
  const minutes = hour * 60 + minute - offset;
  return (minutes + 2 * 1440) % 1440 === 1439;
}

/** A UUID in the notation of RFC 4122, section 3. */
function isUUID(text: string): boolean {
  return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
}

// The rules of RFC 3986, appendix A, as regular expressions.
const regName = String.raw`(?:[\w.~!$&'()*+,;=-]|%[\da-fA-F]{2})*`;
const userinfo = String.raw`(?:[\w.~!$&'()*+,;=:-]|%[\da-fA-F]{2})*`;
const segments = String.raw`(?:[\w.~!$&'()*+,;=:@/-]|%[\da-fA-F]{2})*`;
const tail = String.raw`(?:[\w.~!$&'()*+,;=:@/?-]|%[\da-fA-F]{2})*`;
const authority = String.raw`(?:${userinfo}@)?(?:\[([^\]]*)\]|${regName})(?::\d*)?`;
const uri = new RegExp(String.raw`^[a-zA-Z][a-zA-Z\d+.-]*:(?:\/\/${authority}(?:\/${segments})?|(?!\/\/)${segments})(?:\?${tail})?(?:#${tail})?$`);

/** A URI of RFC 3986, appendix A: with a scheme, and without characters that are not ASCII. */
function isURI(text: string): boolean {
  const [whole, literal] = uri.exec(text) ?? [];
  return whole !== undefined && (literal === undefined || isIPv6(literal) || /^v[\da-f]+\.[\w.~!$&'()*+,;=:-]+$/i.test(literal));
}

/** An IPv6address of RFC 3986, section 3.2.2: RFC 4291, section 2.2, where "::" stands for at least one group. */
function isIPv6(text: string): boolean {
  const v4 = /^(.*:)([^:]*\.[^:]*)$/.exec(text);
  if (v4 && !isIPv4(v4[2] ?? "")) return false;
  const [head = "", tail, ...more] = (v4 ? `${v4[1]}0:0` : text).split("::");
  const groups = [head, tail ?? ""].flatMap((part) => (part === "" ? [] : part.split(":")));
  if (more.length > 0 || !groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return false;
  return tail === undefined ? groups.length === 8 : groups.length < 8;
}

/** An IPv4address of RFC 3986, section 3.2.2: four numbers up to 255 without leading zeros. */
function isIPv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);
}

// The local parts of RFC 5322, section 3.4.1: a dot-atom or a quoted-string.
const atom = "[\\w!#$%&'*+/=?^`{|}~-]+";
const local = new RegExp(String.raw`^(?:${atom}(?:\.${atom})*|"(?:[\t !#-[\]-~]|\\[\t -~])*")$`);

/**
 * An addr-spec of RFC 5322, section 3.4.1, in ASCII and without comments, folding white space and obsolete forms. The domain is a host name of
 * RFC 1123 or an address literal of RFC 5321, and the lengths are those of RFC 5321, section 4.5.3.1.
 */
function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  if (at < 1 || at > 64 || text.length > 254) return false; // all of it is ASCII, see below
  const domain = text.slice(at + 1);
  const literal = /^\[(IPv6:)?(.*)\]$/is.exec(domain);
  if (literal ? !(literal[1] ? isIPv6 : isIPv4)(literal[2] ?? "") : !isHostname(domain)) return false;
  return local.test(text.slice(0, at));
}

/** A host name of RFC 1034, section 3.1, as RFC 1123, section 2.1, widens it. A dot may stand at its end. */
function isHostname(text: string): boolean {
  const name = text.replace(/\.$/, "");
  return name.length <= 253 && name.split(".").every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/i.test(label));
}
