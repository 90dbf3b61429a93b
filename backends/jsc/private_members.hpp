// Private members of the engine's classes, where it has no other way to what it knows.
#pragma once

namespace bmes::jsc {

/// Where member_of() finds what opened<> put behind a tag.
template <class Tag>
struct opened_by {
  friend constexpr auto find_opened(opened_by);
};

/// `template struct opened<&of_the_engine::m_member, struct tag>;` names a private member, which C++ allows in explicit instantiations
/// alone ([temp.spec.general]/6), and `object.*member_of<tag>()` is that member then.
template <auto Member, class Tag>
struct opened {
  friend constexpr auto find_opened(opened_by<Tag>) { return Member; }
};

template <class Tag>
constexpr auto member_of() {
  return find_opened(opened_by<Tag>{});
}

}  // namespace bmes::jsc
