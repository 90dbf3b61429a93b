// A store on a Redis server, or one that speaks its protocol: one key an entry, `<prefix><key in hex>`.
#pragma once

#include "remote_store.hpp"

namespace bmes::remote {

/// Null, and why in words without a password, when the settings do not do. Asks nobody yet: the first call connects.
/// Claims are keys, too: `<prefix>claim:<key in hex>`.
[[nodiscard]] std::unique_ptr<remote_store> make_redis_store(const remote_settings&, std::string& error);

}  // namespace bmes::remote
