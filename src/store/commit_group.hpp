// Rows of several threads in one transaction: the thread that gets the connection also commits
// what the others wait for, so that threads that push at the same time do not each pay for a
// commit. Used by Store only.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/store/rows.hpp"

namespace dblog::store {

class Connection;

class CommitGroup {
 public:
  enum class State {
    waiting,    ///< in the list
    committed,  ///< by another thread: `id` is set
    alone,  ///< to be committed by its own thread, because together it failed or no other thread
            ///< came
  };

  /// Lives on the stack of the thread that waits for it.
  struct Request {
    const EventRow& row;
    State state = State::waiting;
    std::int64_t id = 0;
    Request* next = nullptr;  ///< In the list an older one; once taken out of it, a newer one.
  };

  /// From any thread, before it waits for the store's mutex.
  void add(Request& request) noexcept;

  /// With the mutex held: commits the request, which no other thread has committed, and every other
  /// one that waits. Throws what the connection throws for this one request.
  std::int64_t commit(Request& own, Connection& connection);

  /// With the mutex held: the request is no longer waited for, if it still was.
  void remove(const Request& request) noexcept;

  /// In a forked child: the threads that waited are not in this process.
  void forget() noexcept { newest_.store(nullptr); }

 private:
  /// The oldest first, each marked as alone.
  Request* take_all() noexcept;

  std::atomic<Request*> newest_{nullptr};
};

}  // namespace dblog::store
