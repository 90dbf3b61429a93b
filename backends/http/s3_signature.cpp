#include "s3_signature.hpp"

#include <sodium.h>
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace bmes::remote {
namespace {

using digest = std::array<unsigned char, crypto_hash_sha256_BYTES>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string hex(const digest& of) {
  std::string out(of.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), of.data(), of.size());
  out.pop_back();  // the zero at its end
  return out;
}

std::string hash(std::string_view text) {
  digest out;
  crypto_hash_sha256(out.data(), bytes_of(text), text.size());
  return hex(out);
}

digest authenticate(std::string_view key, std::string_view text) {
  digest out;
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(text), text.size());
  crypto_auth_hmacsha256_final(&state, out.data());
  return out;
}

std::string_view text_of(const digest& d) { return {reinterpret_cast<const char*>(d.data()), d.size()}; }

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Percent-encoded in the one way that is signed, whatever way it is written.
std::string encoded(std::string_view text, bool keeps_slashes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      c = static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    }
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-._~").find(c) != std::string_view::npos;
    const auto code = static_cast<unsigned char>(c);
    if (is_plain || (c == '/' && keeps_slashes)) out += c;
    else out.append({'%', digits[code / 16], digits[code % 16]});
  }
  return out;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> fields;
  while (!query.empty()) {
    const auto field = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(field.size() + 1, query.size()));
    const auto name = field.substr(0, field.find('='));
    fields.emplace_back(encoded(name, false), encoded(field.substr(std::min(name.size() + 1, field.size())), false));
  }
  std::ranges::sort(fields);
  std::string out;
  for (const auto& [name, value] : fields) out += (out.empty() ? "" : "&") + name + "=" + value;
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const auto begin = std::min(text.find_first_not_of(blanks), text.size());
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

}  // namespace

std::optional<s3_credentials> parse_s3_credentials(std::string_view text) {
  s3_credentials out;
  bool counts = true;
  while (!text.empty()) {
    const auto whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(whole.size() + 1, text.size()));
    const auto line = trimmed(whole);
    if (line.starts_with('[')) counts = line == "[default]";
    const auto equals = line.find('=');
    if (!counts || equals == std::string_view::npos) continue;
    const auto name = trimmed(line.substr(0, equals)), value = trimmed(line.substr(equals + 1));
    if (name == "aws_access_key_id") out.id = value;
    if (name == "aws_secret_access_key") out.secret = value;
    if (name == "aws_session_token") out.session_token = value;
  }
  if (out.id.empty() || out.secret.empty()) return std::nullopt;
  return out;
}

std::string sign_s3_request(const s3_credentials& by, std::string_view method, std::string_view host, std::string_view target, byte_view body,
                            std::time_t now) {
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 32> buffer{};
  const std::string time(buffer.data(), std::strftime(buffer.data(), buffer.size(), "%Y%m%dT%H%M%SZ", &utc));
  const std::string day = time.substr(0, 8), scope = day + "/" + by.region + "/s3/aws4_request";
  const std::string contents = hash({reinterpret_cast<const char*>(body.data()), body.size()});
  std::string names = "host;x-amz-content-sha256;x-amz-date", headers = "x-amz-content-sha256:" + contents + "\nx-amz-date:" + time + "\n";
  if (!by.session_token.empty()) {
    names += ";x-amz-security-token";
    headers += "x-amz-security-token:" + by.session_token + "\n";
  }
  const auto path = target.substr(0, target.find('?'));
  const auto query = target.substr(std::min(path.size() + 1, target.size()));
  std::string request(method);
  request += "\n" + encoded(path, true) + "\n" + canonical_query(query) + "\nhost:" + std::string(host) + "\n" + headers + "\n" + names + "\n" + contents;
  digest key = authenticate("AWS4" + by.secret, day);
  for (const std::string_view part : {std::string_view(by.region), std::string_view("s3"), std::string_view("aws4_request")})
    key = authenticate(text_of(key), part);
  const std::string signature = hex(authenticate(text_of(key), "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + hash(request)));
  std::string out;
  for (std::string_view rest = headers; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    out += std::string(line) + "\r\n";
  }
  return out + "Authorization: AWS4-HMAC-SHA256 Credential=" + by.id + "/" + scope + ", SignedHeaders=" + names + ", Signature=" + signature + "\r\n";
}

}  // namespace bmes::remote
