#include "prelude.hpp"

#include "private_members.hpp"

#include <JavaScriptCore/DeferGC.h>
#include <JavaScriptCore/PropertyTable.h>
#include <JavaScriptCore/StructureInlines.h>
#include <array>
#include <atomic>
#include <cstdint>
#include <tuple>

// An object that gets the properties of an earlier one, in the same order and by other code, goes through the shapes that the earlier one has left, and
// at each the engine asks for the shape's table of properties. The shape that had it gave it to the next one; so the engine copies the table of the shape
// before and adds one property, for all of n shapes: TypeScript's start copies 4 MB. Here the shape before gives its table once more, as it does when
// a shape is made; a table that is not pinned is nothing but a memory of what the shapes say. Asking is wrapped (the linker's --wrap, see meson.build).

namespace bmes::jsc {

template struct opened<&JSC::Structure::m_propertyTableUnsafe, struct table_slot>;
template struct opened<&JSC::Structure::m_lock, struct structure_lock>;
template struct opened<&JSC::PropertyTable::canInsert, struct has_room>;

namespace {

/// A shape that objects keep is asked again, and would have to take its table back: it gives it this often. Shapes share counts, threads too.
constexpr std::uint8_t most_given = 2;

bool may_give(const JSC::Structure* shape) {
  static std::array<std::atomic<std::uint8_t>, 4096> given;
  auto& count = given[shape->id().bits() / sizeof(JSC::Structure) % given.size()];
  const std::uint8_t before = count.load(std::memory_order_relaxed);
  if (before == most_given) return false;
  count.store(before + 1, std::memory_order_relaxed);
  return true;
}

/// The table of the shape before, with what `shape` adds; null where there is none to be had.
JSC::PropertyTable* take_table(JSC::Structure* shape, JSC::VM& vm) {
  JSC::Structure* const before = shape->previousID();
  if (!before || shape->transitionKind() != JSC::TransitionKind::PropertyAddition) return nullptr;
  if (before->isPinnedPropertyTable() || before->protectPropertyTableWhileTransitioning()) return nullptr;
  auto& slot = before->*member_of<table_slot>();
  const JSC::PropertyTableEntry added(shape->transitionPropertyName(), shape->transitionOffset(), shape->transitionPropertyAttributes());
  JSC::PropertyTable* table = nullptr;
  {
    const JSC::ConcurrentJSLocker locker(before->*member_of<structure_lock>());
    // A collection that runs beside may drop it.
    table = slot.get();
    if (!table || table->hasDeletedOffset()) return nullptr;
    // JSON.stringify asks for tables of what is in an object while it goes through the object's own: that one may get longer, but must stay where it is.
    if (!(table->*member_of<has_room>())(added) || !may_give(before)) return nullptr;
    slot.clear();
  }
  std::ignore = table->add(vm, added);
  const JSC::GCSafeConcurrentJSLocker locker(shape->*member_of<structure_lock>(), vm);
  (shape->*member_of<table_slot>()).set(vm, shape, table);
  return table;
}

}  // namespace

JSC::PropertyTable* copy_table(JSC::Structure*, JSC::VM&, bool) asm("__real__ZN3JSC9Structure24materializePropertyTableERNS_2VMEb");
JSC::PropertyTable* make_table(JSC::Structure*, JSC::VM&, bool) asm("__wrap__ZN3JSC9Structure24materializePropertyTableERNS_2VMEb");

JSC::PropertyTable* make_table(JSC::Structure* shape, JSC::VM& vm, bool is_kept) {
  const JSC::DeferGC defer(vm);
  if (is_kept)
    if (auto* const table = take_table(shape, vm)) return table;
  return copy_table(shape, vm, is_kept);
}

}  // namespace bmes::jsc
