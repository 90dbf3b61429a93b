// The URLs of the URL Standard: the engine's own parser, for the class URL of host/internal/url.js.
#include "prelude.hpp"

#include "native.hpp"

#include <wtf/URL.h>
#include <wtf/URLHelpers.h>

namespace bmes::jsc {

using namespace JSC;

namespace {

// The order that host/internal/url.js has.
enum class part { href, protocol, username, password, host, hostname, port, pathname, search, hash };

String host_and_port(const URL& url) { return url.port() ? makeString(url.host(), ':', *url.port()) : url.host().toString(); }

EncodedJSValue parts_of(JSGlobalObject* global, const URL& url) {
  if (!url.isValid()) return JSValue::encode(jsNull());
  VM& vm = global->vm();
  const auto query = url.query(), fragment = url.fragmentIdentifier();
  MarkedArgumentBuffer parts;
  const auto add = [&](const String& text) { parts.append(jsString(vm, text)); };
  add(url.string());
  add(makeString(url.protocol(), ':'));
  add(url.encodedUser().toString());
  add(url.encodedPassword().toString());
  add(host_and_port(url));
  add(url.host().toString());
  add(url.port() ? String::number(*url.port()) : emptyString());
  add(url.path().toString());
  add(query.isEmpty() ? emptyString() : makeString('?', query));
  add(fragment.isEmpty() ? emptyString() : makeString('#', fragment));
  return JSValue::encode(constructArray(global, static_cast<ArrayAllocationProfile*>(nullptr), parts));
}

/// parse(text, base): the parts, or null.
JSC_DEFINE_HOST_FUNCTION(parse, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  String text = frame->argument(0).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  if (frame->argument(1).isUndefined()) RELEASE_AND_RETURN(scope, parts_of(global, URL(text)));
  String base_text = frame->argument(1).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  URL base(base_text);
  if (!base.isValid()) return JSValue::encode(jsNull());
  RELEASE_AND_RETURN(scope, parts_of(global, URL(base, text)));
}

std::optional<std::uint16_t> default_port(const URL& url) { return defaultPortForProtocol(url.protocol()); }

/// The digits that a port may begin with; nothing if there are none, or too many for a port.
std::optional<std::uint16_t> leading_port(StringView text) {
  unsigned value = 0, i = 0;
  for (; i < text.length() && isASCIIDigit(text[i]); i++)
    if ((value = value * 10 + (text[i] - '0')) > 65535) return std::nullopt;
  if (i == 0) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

void set_port(URL& url, StringView text) {
  if (url.host().isEmpty() || url.protocolIsFile()) return;
  if (text.isEmpty()) return url.setPort(std::nullopt);
  if (auto port = leading_port(text)) url.setPort(port == default_port(url) ? std::nullopt : port);
}

void set_host(URL& url, StringView text, bool with_port) {
  if (url.hasOpaquePath()) return;
  const auto colon = text.startsWith('[') ? text.find(':', text.find(']') == notFound ? 0 : static_cast<unsigned>(text.find(']'))) : text.find(':');
  const auto end = text.find([](UChar c) { return c == '/' || c == '?' || c == '#'; });
  auto name = text.left(static_cast<unsigned>(std::min<std::size_t>({colon, end, text.length()})));
  if (colon != notFound && colon < end && !with_port && url.hasSpecialScheme() == false) return;
  if (colon != notFound && colon < end && !with_port) return;
  if (name.isEmpty() && (url.hasSpecialScheme() && !url.protocolIsFile())) return;
  if (name.isEmpty() && (!url.encodedUser().isEmpty() || !url.encodedPassword().isEmpty() || url.port())) return;
  url.setHost(name);
  if (with_port && colon != notFound && colon < end)
    if (auto port = leading_port(text.substring(static_cast<unsigned>(colon) + 1))) url.setPort(port == default_port(url) ? std::nullopt : port);
}

/// set(href, part, value): the parts of the changed URL; null where it can't be changed so.
JSC_DEFINE_HOST_FUNCTION(set, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  String href = frame->argument(0).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  String value = frame->argument(2).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  // Tabs and line ends are no part of a URL.
  value = value.removeCharacters([](UChar c) { return c == '\t' || c == '\n' || c == '\r'; });
  URL url(href);
  const bool has_no_user = url.host().isEmpty() || url.protocolIsFile();
  switch (static_cast<part>(frame->argument(1).asInt32())) {
    case part::protocol: {
      const auto colon = value.find(':');
      String scheme = value.left(colon == notFound ? value.length() : static_cast<unsigned>(colon)).convertToASCIILowercase();
      URL changed(url);
      const bool was_file = url.protocolIsFile();
      if (scheme == "file"_s && (!url.encodedUser().isEmpty() || !url.encodedPassword().isEmpty() || url.port())) break;
      if (was_file && url.host().isEmpty()) break;
      if (changed.setProtocol(scheme) && changed.isValid() && changed.hasSpecialScheme() == url.hasSpecialScheme()) url = changed;
      break;
    }
    case part::username:
      if (!has_no_user) url.setUser(value);
      break;
    case part::password:
      if (!has_no_user) url.setPassword(value);
      break;
    case part::host:
      set_host(url, value, true);
      break;
    case part::hostname:
      set_host(url, value, false);
      break;
    case part::port:
      set_port(url, value);
      break;
    case part::pathname:
      if (!url.hasOpaquePath()) url.setPath(value);
      break;
    case part::search:
      // A "#" would begin the fragment.
      value = makeStringByReplacingAll(value, '#', "%23"_s);
      url.setQuery(value.isEmpty() ? StringView() : StringView(value));
      break;
    case part::hash:
      if (value.startsWith('#')) value = value.substring(1);
      if (value.isEmpty()) url.removeFragmentIdentifier();
      else url.setFragmentIdentifier(value);
      break;
    case part::href:
      break;
  }
  if (!url.isValid()) url = URL(href);
  RELEASE_AND_RETURN(scope, parts_of(global, url));
}

/// domainToUnicode(ascii)
JSC_DEFINE_HOST_FUNCTION(domain_to_unicode, (JSGlobalObject * global, CallFrame* frame)) {
  auto scope = DECLARE_THROW_SCOPE(global->vm());
  String text = frame->argument(0).toWTFString(global);
  RETURN_IF_EXCEPTION(scope, {});
  URL url(makeString("ws://"_s, text));
  if (!url.isValid()) return JSValue::encode(jsEmptyString(global->vm()));
  const String shown = WTF::URLHelpers::userVisibleURL(url.host().utf8());
  return JSValue::encode(jsString(global->vm(), shown));
}

}  // namespace

void define_url_records(JSGlobalObject* global, JSObject* url) {
  define(global, url, {{"parse"_s, 2, parse}, {"set"_s, 3, set}, {"domainToUnicode"_s, 1, domain_to_unicode}});
}

}  // namespace bmes::jsc
