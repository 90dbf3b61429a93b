// A graph on its way to other machines and from them.
#pragma once

#include "compression.hpp"
#include "project_paths.hpp"

#include <bmes/freshness.hpp>
#include <bmes/store.hpp>
#include <bmes/v4.hpp>
#include <functional>
#include <vector>

namespace bmes::fleet {

struct portable_graph {
  std::vector<std::byte> graph;    ///< version 4, by portable names, without times, with the code of one engine
  std::vector<std::byte> facts;    ///< version 4: what of it tells whether it holds, and nothing else
  bool is_bound_to_depth = false;  ///< whether something outside of the project's root counts
};

/// What of `file` is for `engine`. An edge by an absolute path or a file: URL in the text is left open: on another machine the same
/// text means another file. Fails as writing does, and with engine_mismatch where there is no such code.
[[nodiscard]] result<portable_graph> to_portable(const v4::file& file, const hash128& engine, const project_paths&);

/// Whether `graph` is of those sources and facts, and no others, that `facts` tells of.
[[nodiscard]] bool is_made_from(const v4::file& graph, const v4::file& facts);

/// The other way, of the `file` in `graph`, which it takes. `identity_of(key)` is what is known of the file here, whose contents are those that the
/// graph was made from. Fails as writing does, and with not_representable where this machine has no such name.
[[nodiscard]] result<std::unique_ptr<stored_bytes>> to_local(std::unique_ptr<packing::pages> graph, const v4::file& file, const project_paths&,
                                                             const std::function<source_identity(const std::string& key)>& identity_of);
/// The room in `graph` with which to_local() copies none of it.
[[nodiscard]] packing::parcel_room room_to_move(const v4::file& facts, const project_paths&);

}  // namespace bmes::fleet
