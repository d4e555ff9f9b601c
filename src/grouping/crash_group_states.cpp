#include "src/grouping/crash_group_states.hpp"

#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <exception>
#include <set>
#include <string_view>

#include "src/schema/schema.hpp"
#include "src/sqlite/database_place.hpp"
#include "src/sqlite/guarded_database.hpp"
#include "src/sqlite/migration.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/sqlite_error.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::grouping {
namespace {

// Of a row of crashes: microseconds since 1970; NULL where it does not say its distance from UTC.
constexpr char kUtc[] =
    "(CAST(strftime('%s', substr(date, 1, 19)) AS INTEGER) - utc_offset) * 1000000 + "
    "CAST(substr(date, 21, 6) AS INTEGER)";

// Also of a group that is older than the table: by the oldest of its crashes that is still there.
constexpr char kMakeKnownHead[] =
    "INSERT OR IGNORE INTO crash_group_states (fingerprint, state, first_crash, first_seen, "
    "first_seen_utc) SELECT ?1, 'open', id, date, ";
constexpr char kMakeKnownTail[] = " FROM crashes WHERE fingerprint = ?1 ORDER BY id LIMIT 1";
constexpr auto kMakeKnownText = schema::kJoined<kMakeKnownHead, kUtc, kMakeKnownTail>;
constexpr const char* kMakeKnown = kMakeKnownText.data();

// Whether the crash c makes the resolved group g regress: of a release that was not known when the
// group was resolved, or the one in which it was. A crash that came from another database later may
// be older than the decision: by UTC, or by local time where one of them does not know it.
constexpr char kRegressesHead[] =
    "g.state = 'resolved' AND c.id > g.resolved_after AND NOT EXISTS (SELECT 1 FROM "
    "crash_group_releases AS r WHERE r.fingerprint = g.fingerprint AND r.release = "
    "coalesce(c.release, '')) AND coalesce((";
constexpr char kRegressesTail[] = ") >= g.resolved_utc, c.date >= g.resolved, 1)";

constexpr char kRegressHead[] =
    "UPDATE crash_group_states AS g SET state = 'regressed', changed = c.date, changed_utc = ";
constexpr char kRegressMiddle[] =
    ", regressed_by = c.id, regressed_in = c.release FROM crashes AS c WHERE g.fingerprint = ?1 "
    "AND c.id = ?2 AND ";
constexpr auto kRegressText =
    schema::kJoined<kRegressHead, kUtc, kRegressMiddle, kRegressesHead, kUtc, kRegressesTail>;
constexpr const char* kRegress = kRegressText.data();

// Of those that are here already.
constexpr char kFirstRegressionHead[] =
    "SELECT c.id FROM crashes AS c JOIN crash_group_states AS g ON g.fingerprint = c.fingerprint "
    "WHERE c.fingerprint = ?1 AND ";
constexpr char kFirstRegressionTail[] = " ORDER BY c.id LIMIT 1";
constexpr auto kFirstRegressionText = schema::kJoined<kFirstRegressionHead, kRegressesHead, kUtc,
                                                      kRegressesTail, kFirstRegressionTail>;
constexpr const char* kFirstRegression = kFirstRegressionText.data();

// Of a state of another database: the releases that had crashed here by then.
constexpr char kKnowReleasesHead[] =
    "INSERT OR IGNORE INTO crash_group_releases SELECT ?1, coalesce(c.release, '') FROM crashes AS "
    "c JOIN crash_group_states AS g ON g.fingerprint = ?1 WHERE c.fingerprint = ?2 AND "
    "g.resolved_in IS NOT NULL AND c.release IS NOT g.resolved_in AND coalesce((";
constexpr char kKnowReleasesTail[] = ") < g.resolved_utc, c.date < g.resolved)";
constexpr auto kKnowReleasesText = schema::kJoined<kKnowReleasesHead, kUtc, kKnowReleasesTail>;
constexpr const char* kKnowReleases = kKnowReleasesText.data();

// Until it is merged; dblog writes no fingerprint like this.
constexpr const char* kForeignPrefix = "merging ";

constexpr const char* kForeignColumns[] = {
    "state",          "changed",     "changed_utc",     "first_crash", "first_seen",
    "first_seen_utc", "resolved",    "resolved_utc",    "resolved_in", "regressed_by",
    "regressed_in",   "muted_until", "muted_until_utc", "note"};
// Its own ids say nothing here; where the time of the decision is known, that decides.
constexpr const char* kInsertForeign =
    "INSERT OR REPLACE INTO crash_group_states (fingerprint, state, changed, changed_utc, "
    "first_crash, "
    "first_seen, first_seen_utc, resolved, resolved_utc, resolved_in, regressed_by, regressed_in, "
    "muted_until, muted_until_utc, note, resolved_after) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
    "?9, ?10, ?11, ?12, ?13, ?14, ?15, CASE WHEN ?9 IS NULL THEN (SELECT coalesce(max(id), 0) FROM "
    "crashes) ELSE 0 END)";
constexpr const char* kInsertForeignRelease =
    "INSERT OR IGNORE INTO crash_group_releases VALUES (?1, ?2)";
constexpr const char* kRename =
    "UPDATE crash_group_states SET fingerprint = ?2 WHERE fingerprint = ?1";
constexpr const char* kRenameReleases =
    "UPDATE crash_group_releases SET fingerprint = ?2 WHERE fingerprint = ?1";
constexpr const char* kDecision =
    "SELECT state || ' ' || ifnull(changed, '') || ' ' || ifnull(note, '') FROM crash_group_states "
    "WHERE fingerprint = ?1";

constexpr const char* kForgetReleases = "DELETE FROM crash_group_releases WHERE fingerprint = ?1";

// resolved_after: crashes that are recorded already are not news, named or not.
constexpr const char* kSetState =
    "UPDATE crash_group_states SET state = ?2, changed = ?3, changed_utc = ?4, resolved = NULL, "
    "resolved_utc = NULL, resolved_in = NULL, resolved_after = NULL, regressed_by = NULL, "
    "regressed_in = NULL, muted_until = NULL, muted_until_utc = NULL WHERE fingerprint = ?1";
constexpr const char* kResolve =
    "UPDATE crash_group_states SET resolved = ?2, resolved_utc = ?4, resolved_in = ?3, "
    "resolved_after = "
    "(SELECT coalesce(max(id), 0) FROM crashes) WHERE fingerprint = ?1";
constexpr const char* kMute =
    "UPDATE crash_group_states SET muted_until = ?2, muted_until_utc = ?3 WHERE fingerprint = ?1";
constexpr const char* kNote = "UPDATE crash_group_states SET note = ?2 WHERE fingerprint = ?1";

// Of ?1 into ?2, for a row of each. A decision, which came with a time, beats none; the later one
// beats the earlier.
constexpr const char* kMergeDecision =
    "UPDATE crash_group_states AS t SET (state, changed, changed_utc, resolved, resolved_utc, "
    "resolved_in, resolved_after, regressed_by, regressed_in, muted_until, muted_until_utc) = "
    "(SELECT "
    "state, changed, changed_utc, resolved, resolved_utc, resolved_in, resolved_after, "
    "regressed_by, "
    "regressed_in, muted_until, muted_until_utc FROM crash_group_states WHERE "
    "fingerprint = ?1) WHERE fingerprint = ?2 AND (SELECT CASE WHEN t.changed_utc IS NOT NULL AND "
    "f.changed_utc IS NOT NULL THEN t.changed_utc < f.changed_utc ELSE coalesce(t.changed, '') < "
    "coalesce(f.changed, '') END FROM crash_group_states AS f WHERE f.fingerprint = ?1)";
constexpr const char* kMergeReleases =
    "INSERT INTO crash_group_releases SELECT ?2, release FROM crash_group_releases WHERE "
    "fingerprint = ?1";
constexpr const char* kMergeFirst =
    "UPDATE crash_group_states SET (first_crash, first_seen, first_seen_utc) = (SELECT "
    "first_crash, first_seen, first_seen_utc FROM crash_group_states WHERE fingerprint = ?1) WHERE "
    "fingerprint = ?2 AND "
    "coalesce(first_seen, '9') > (SELECT first_seen FROM crash_group_states WHERE fingerprint = "
    "?1)";
constexpr const char* kForgetState = "DELETE FROM crash_group_states WHERE fingerprint = ?1";
constexpr const char* kIsUsed = "SELECT EXISTS (SELECT 1 FROM crashes WHERE fingerprint = ?1)";
constexpr std::size_t kMostOfNote = 2'000;
constexpr std::string_view kBetweenNotes = "; ";

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Of the programs, by the names of their files, whose crashes the group has: '' where a crash has
// no release. Another program's versions say nothing of these.
std::set<std::string> known_releases(SQLite::Database& database, const std::string& fingerprint) {
  std::set<std::string> programs;
  SQLite::Statement of_group{database,
                             "SELECT DISTINCT executable FROM crashes WHERE fingerprint = ?1"};
  of_group.bind(1, fingerprint);
  while (of_group.executeStep()) programs.insert(file_name(of_group.getColumn(0).getString()));
  std::set<std::string> releases;
  SQLite::Statement all{database, "SELECT DISTINCT executable, release FROM crashes"};
  while (all.executeStep()) {
    if (programs.contains(file_name(all.getColumn(0).getString()))) {
      releases.insert(all.getColumn(1).getString());
    }
  }
  return releases;
}

void execute(SQLite::Database& database, const char* sql, const std::string& fingerprint,
             const std::optional<std::string>& value = std::nullopt) {
  SQLite::Statement statement{database, sql};
  statement.bind(1, fingerprint);
  if (value && !value->empty()) statement.bind(2, *value);
  statement.exec();
}

int execute_pair(SQLite::Database& database, const char* sql, const std::string& from,
                 const std::string& to) {
  SQLite::Statement statement{database, sql};
  statement.bind(1, from);
  statement.bind(2, to);
  return statement.exec();
}

std::string note_of(SQLite::Database& database, const std::string& fingerprint) {
  SQLite::Statement note{database, "SELECT note FROM crash_group_states WHERE fingerprint = ?1"};
  note.bind(1, fingerprint);
  return note.executeStep() ? note.getColumn(0).getString() : "";
}

// Groups and databases may come in parts, and again: what `note` says already is not added.
std::string with_note(std::string note, std::string_view other) {
  const auto enclosed = [](std::string_view text) {
    return std::string(kBetweenNotes).append(text).append(kBetweenNotes);
  };
  while (!other.empty()) {
    const std::string_view part = other.substr(0, other.find(kBetweenNotes));
    other.remove_prefix(std::min(other.size(), part.size() + kBetweenNotes.size()));
    if (part.empty() || enclosed(note).find(enclosed(part)) != std::string::npos) continue;
    if (!note.empty()) note += kBetweenNotes;
    note += part;
  }
  return note;
}

// Empty: the group is not known.
std::string decision_of(SQLite::Database& database, const std::string& fingerprint) {
  SQLite::Statement decision{database, kDecision};
  decision.bind(1, fingerprint);
  return decision.executeStep() ? decision.getColumn(0).getString() : "";
}

void insert_foreign(SQLite::Database& database, const std::string& name,
                    const ForeignState& foreign) {
  SQLite::Statement state{database, kInsertForeign};
  state.bind(1, name);
  int parameter = 1;
  for (const char* column : kForeignColumns) {
    const sqlite::Value* const value = foreign.row.find(column);
    ++parameter;
    if (value != nullptr) sqlite::bind_value(state, parameter, *value);
  }
  if (const auto note = foreign.row.text("note")) {
    state.bind(parameter, text::one_line(*note, kMostOfNote));  // the last column
  }
  state.exec();
  for (const std::string& release : foreign.releases) {
    execute_pair(database, kInsertForeignRelease, name, release);
  }
}

void resolve(SQLite::Database& database, const std::string& fingerprint, const std::string& release,
             const StoredTime& now) {
  SQLite::Statement statement{database, kResolve};
  statement.bind(1, fingerprint);
  statement.bind(2, now.local);
  statement.bind(4, now.utc);
  if (!release.empty()) statement.bind(3, release);
  statement.exec();
  if (release.empty()) return;
  SQLite::Statement known{database, "INSERT INTO crash_group_releases VALUES (?1, ?2)"};
  for (const std::string& earlier : known_releases(database, fingerprint)) {
    if (earlier == release) continue;
    known.reset();
    known.bind(1, fingerprint);
    known.bind(2, earlier);
    known.exec();
  }
}

void mute(SQLite::Database& database, const std::string& fingerprint, const StoredTime& until) {
  SQLite::Statement statement{database, kMute};
  statement.bind(1, fingerprint);
  statement.bind(2, until.local);
  statement.bind(3, until.utc);
  statement.exec();
}

void set_state(SQLite::Database& database, const std::string& fingerprint,
               const GroupChange& change, const StoredTime& now) {
  SQLite::Statement statement{database, kSetState};
  statement.bind(1, fingerprint);
  statement.bind(2, std::string{schema::word_of(*change.state)});
  statement.bind(3, now.local);
  statement.bind(4, now.utc);
  statement.exec();
  execute(database, kForgetReleases, fingerprint);
  if (*change.state == schema::GroupState::muted) {
    mute(database, fingerprint, change.muted_until.value_or(StoredTime{}));
  }
  if (*change.state == schema::GroupState::resolved) {
    resolve(database, fingerprint, change.release, now);
  }
}

}  // namespace

CrashGroups::CrashGroups(SQLite::Database& database) : database_(database) {
  if (!sqlite::has_table(database, "crash_group_states", "first_seen_utc") ||
      !sqlite::has_table(database, "crash_group_releases", "fingerprint")) {
    return;
  }
  make_known_.emplace(database, kMakeKnown);
  regress_.emplace(database, kRegress);
}

void CrashGroups::add(const std::string& fingerprint, std::int64_t crash) {
  if (!make_known_) return;
  make_known_->reset();
  make_known_->bind(1, fingerprint);
  make_known_->exec();
  regress_->reset();
  regress_->bind(1, fingerprint);
  regress_->bind(2, crash);
  regress_->exec();
}

bool CrashGroups::adopt(const ForeignState& foreign) {
  const std::string fingerprint = foreign.row.text("fingerprint").value_or("");
  if (!make_known_ || fingerprint.empty()) return false;
  const std::string passing = kForeignPrefix + fingerprint;
  execute(database_, kMakeKnown, fingerprint);
  const std::string before = decision_of(database_, fingerprint);
  insert_foreign(database_, passing, foreign);
  execute_pair(database_, kKnowReleases, passing, fingerprint);
  if (before.empty()) {
    execute_pair(database_, kRename, passing, fingerprint);
    execute_pair(database_, kRenameReleases, passing, fingerprint);
  } else {
    merge(passing, fingerprint);
  }
  const std::string after = decision_of(database_, fingerprint);
  constexpr std::string_view kNothing = "open  ";
  return after != before && after != kNothing;
}

void CrashGroups::merge(const std::string& from, const std::string& to) {
  if (!make_known_) return;
  execute(database_, kMakeKnown, to);
  const auto merge_pair = [&](const char* sql) { return execute_pair(database_, sql, from, to); };
  merge_pair(kMergeFirst);
  const std::string note = note_of(database_, to);
  const std::string both = with_note(note, note_of(database_, from));
  if (both != note) execute(database_, kNote, to, text::one_line(both, kMostOfNote));
  if (merge_pair(kMergeDecision) > 0) {
    execute(database_, kForgetReleases, to);
    merge_pair(kMergeReleases);
  }
  SQLite::Statement is_used{database_, kIsUsed};
  is_used.bind(1, from);
  if (is_used.executeStep() && is_used.getColumn(0).getInt() == 0) {
    execute(database_, kForgetReleases, from);
    execute(database_, kForgetState, from);
  }
  regress_by_later_crashes(to);
}

void CrashGroups::regress_by_later_crashes(const std::string& fingerprint) {
  SQLite::Statement first{database_, kFirstRegression};
  first.bind(1, fingerprint);
  if (!first.executeStep()) return;
  regress_->reset();
  regress_->bind(1, fingerprint);
  regress_->bind(2, first.getColumn(0).getInt64());
  regress_->exec();
}

std::optional<base::Error> change_group(const std::filesystem::path& path,
                                        const std::string& fingerprint, const GroupChange& change,
                                        const StoredTime& now) {
  constexpr std::chrono::seconds kLockWait{5};
  try {
    const auto file = sqlite::existing_database(path);
    if (!file) return file.error();
    sqlite::RetryingDatabase opened{file->native(), sqlite::Access::write, kLockWait};
    SQLite::Database& database = opened.start();
    sqlite::bring_up_to_date(database, file->native(), opened.backoff());
    SQLite::Transaction transaction{database, SQLite::TransactionBehavior::IMMEDIATE};
    execute(database, kMakeKnown, fingerprint);
    if (change.state) set_state(database, fingerprint, change, now);
    if (change.note) {
      execute(database, kNote, fingerprint, text::one_line(*change.note, kMostOfNote));
    }
    transaction.commit();
    return std::nullopt;
  } catch (const sqlite::StoreError& failure) {
    return failure.error();
  } catch (const SQLite::Exception& failure) {
    return sqlite::sqlite_error(failure.getExtendedErrorCode(), 0, failure.what(), path.native());
  } catch (const std::exception& failure) {
    return base::Error{base::ErrorCode::io, path.native(), failure.what()};
  }
}

}  // namespace dblog::grouping
