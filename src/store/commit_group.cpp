#include "src/store/commit_group.hpp"

#include <exception>
#include <vector>

#include "src/store/connection.hpp"

namespace dblog::store {

void CommitGroup::add(Request& request) noexcept {
  request.next = newest_.load(std::memory_order_relaxed);
  while (!newest_.compare_exchange_weak(request.next, &request, std::memory_order_release,
                                        std::memory_order_relaxed)) {
  }
}

void CommitGroup::remove(const Request& request) noexcept {
  Request* list = newest_.exchange(nullptr, std::memory_order_acquire);
  while (list != nullptr) {
    Request* const next = list->next;
    if (list != &request) add(*list);
    list = next;
  }
}

std::int64_t CommitGroup::commit(Request& own, Connection& connection) {
  if (own.state == State::committed) return own.id;
  if (own.state == State::waiting) {
    std::vector<Request*> all;  // the newest first
    Request* list = newest_.exchange(nullptr, std::memory_order_acquire);
    for (; list != nullptr; list = list->next) {
      list->state = State::alone;
      all.push_back(list);
    }
    try {
      if (all.size() > 1) {
        connection.insert(all);
        return own.id;
      }
    } catch (const std::exception&) {
      // Whose fault it was shows when each is tried by itself.
    }
  }
  return connection.insert(own.row);
}

}  // namespace dblog::store
