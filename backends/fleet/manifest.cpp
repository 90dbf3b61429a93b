#include "manifest.hpp"

namespace bmes::fleet {
namespace {

template <wire_record R>
void append(std::vector<std::byte>& out, const R& record) {
  std::array<std::byte, wire_size<R>> wire{};
  store<R>(wire, record);
  out.insert(out.end(), wire.begin(), wire.end());
}

}  // namespace

result<std::vector<candidate>> read_manifest(byte_view bytes) {
  return decode(bytes, [](cursor& in) {
    const auto h = in.read_record<manifest_header>();
    in.require(h.magic == manifest_magic, errc::bad_magic, offset_of(&manifest_header::magic), "manifest.magic");
    in.require(h.version == 1, errc::unsupported_version, offset_of(&manifest_header::version), "manifest.version");
    in.require(h.candidate_count <= most_candidates, errc::bad_count, offset_of(&manifest_header::candidate_count), "manifest.candidate_count");
    const auto rows = in.read_table<candidate_row>(in.good() ? h.candidate_count : 0);
    std::vector<candidate> out;
    for (const candidate_row row : rows) out.push_back({row, in.bytes(row.facts_size, "candidate.facts_size")});
    return out;
  });
}

std::vector<std::byte> write_manifest(const std::vector<candidate>& candidates) {
  std::vector<std::byte> out;
  append(out, manifest_header{.candidate_count = static_cast<std::uint32_t>(candidates.size())});
  for (const candidate& c : candidates) append(out, c.row);
  for (const candidate& c : candidates) out.insert(out.end(), c.facts.begin(), c.facts.end());
  return out;
}

}  // namespace bmes::fleet
