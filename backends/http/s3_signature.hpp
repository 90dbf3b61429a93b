// Requests signed as object stores with the interface of S3 ask for: Signature Version 4 of AWS.
#pragma once

#include <bmes/bytes.hpp>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace bmes::remote {

struct s3_credentials {
  std::string id, secret;
  std::string session_token;  ///< empty where there is none
  std::string region;
};

/// The profile `default` of a file as AWS' tools have it (aws_access_key_id, aws_secret_access_key, aws_session_token), or its lines before any
/// profile. Nothing when an id or a secret is missing. The region is not in it.
[[nodiscard]] std::optional<s3_credentials> parse_s3_credentials(std::string_view text);

/// Lines of headers that sign a request for `target` (path and query) of `host`, both as they are sent, at the time `now`.
[[nodiscard]] std::string sign_s3_request(const s3_credentials&, std::string_view method, std::string_view host, std::string_view target, byte_view body,
                                          std::time_t now);

}  // namespace bmes::remote
