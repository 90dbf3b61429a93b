// A store on an HTTP server: GET, PUT, HEAD and DELETE of one URL an entry, as WebDAV and object stores have them.
#pragma once

#include "remote_store.hpp"

namespace bmes::remote {

/// In the URL, `{key}` stands for the 32 hex digits of a key; without it they follow after a slash. Null, and `error` says why, for
/// a URL that is none, a file of secrets that others may read, or a header that is none.
[[nodiscard]] std::unique_ptr<remote_store> make_http_store(const remote_settings&, std::string& error);

}  // namespace bmes::remote
