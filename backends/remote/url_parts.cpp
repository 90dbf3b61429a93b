#include "url_parts.hpp"

namespace bmes::remote {

bool decode(std::string_view text, std::string& out) {
  out.clear();
  while (!text.empty()) {
    if (text[0] != '%') {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    unsigned char byte = 0;
    if (text.size() < 3) return false;
    const auto [end, code] = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
    if (code != std::errc{} || end != text.data() + 3 || byte == 0) return false;
    out += static_cast<char>(byte);
    text.remove_prefix(3);
  }
  return true;
}

std::string_view take_until(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return head;
}

bool read_host(std::string_view text, unsigned default_port, endpoint& out) {
  std::string_view host;
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (!text.empty() && !text.starts_with(':')) return false;
    if (!text.empty()) text.remove_prefix(1);
  } else {
    host = take_until(text, ':');
  }
  unsigned port = default_port;
  if (!text.empty() && !read_number(text, 1U, 65535U, port)) return false;
  out.port = std::to_string(port);
  return decode(host, out.host) && !out.host.empty() && out.host.size() < 256;
}

bool take_credentials(std::string_view& authority, std::string& user, std::string& password) {
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return true;
  std::string_view second = authority.substr(0, at);
  const std::string_view first = take_until(second, ':');
  authority.remove_prefix(at + 1);
  return decode(first, user) && decode(second, password);
}

}  // namespace bmes::remote
