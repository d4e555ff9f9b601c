#include "tools/dblog/group_moves.hpp"

#include "src/outbox/moved_conversations.hpp"

namespace dblog::tool {

grouping::OnMoved move_conversations() {
  return [](SQLite::Database& database, const grouping::MovedCrashes& moved) {
    outbox::move_conversations(database, moved.crashes, moved.from, moved.to);
  };
}

symbols::OnNamed regroup_when_named() {
  return [](SQLite::Database& database, const symbols::FrameOwner& owner) {
    grouping::regroup(database, {owner.is_crash, owner.id}, move_conversations());
  };
}

}  // namespace dblog::tool
