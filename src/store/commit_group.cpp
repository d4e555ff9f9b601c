#include "src/store/commit_group.hpp"

#include <exception>
#include <utility>

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

CommitGroup::Request* CommitGroup::take_all() noexcept {
  Request* newest = newest_.exchange(nullptr, std::memory_order_acquire);
  Request* oldest = nullptr;
  while (newest != nullptr) {
    Request* const next = newest->next;
    newest->state = State::alone;
    newest->next = oldest;
    oldest = std::exchange(newest, next);
  }
  return oldest;
}

std::int64_t CommitGroup::commit(Request& own, Connection& connection) {
  if (own.state == State::waiting) {
    Request* const oldest = take_all();
    try {
      if (oldest->next != nullptr) {
        connection.insert(oldest);
        return own.id;
      }
    } catch (const std::exception&) {
      // Whose fault it was shows when each is tried by itself.
    }
  }
  return connection.insert(own.row);
}

}  // namespace dblog::store
