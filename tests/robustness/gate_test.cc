#include "tests/robustness/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <thread>
#include <utility>

#include "common/db/database.h"
#include "common/db/private/private_server.h"
#include "common/process/ports.h"

namespace inspectorate::robustness {
namespace {

using namespace std::string_view_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string Packet(std::string_view payload, char sequence = 0) {
  std::string packet = {static_cast<char>(payload.size() & 0xff),
                        static_cast<char>(payload.size() >> 8 & 0xff),
                        static_cast<char>(payload.size() >> 16), sequence};
  return packet.append(payload);
}

// What comes out, with every COMMIT in angle brackets, for any way of cutting the stream into pieces.
std::string Scanned(const std::string& stream, size_t piece) {
  CommitScanner scanner;
  std::string out;
  for (size_t at = 0; at < stream.size(); at += piece) {
    for (const auto& found : scanner.Take(std::string_view(stream).substr(at, piece)))
      out += found.commit ? "<" + found.bytes + ">" : found.bytes;
  }
  return out;
}

TEST(CommitScanner, FindsCommitsHoweverTheStreamIsCut) {
  const std::string commit = Packet(
      "\x03"
      "COMMIT");
  const std::string long_one =
      Packet("\x17" + std::string(70'000, 'x') + commit);  // looks like one, inside another
  const std::string other = Packet(
                                "\x03"
                                "COMMIX") +
                            Packet(
                                "\x03"
                                "COMMIT WORK") +
                            Packet("") + Packet("\x0e");
  const std::string answer = Packet(
      "\x03"
      "COMMIT",
      1);  // not a command: its sequence goes on
  const std::string stream = long_one + commit + other + commit + commit + answer +
                             Packet(
                                 "\x03"
                                 "SELECT 1");
  const std::string wanted = long_one + "<" + commit + ">" + other + "<" + commit + "><" + commit + ">" +
                             answer +
                             Packet(
                                 "\x03"
                                 "SELECT 1");
  for (size_t piece : {1, 2, 3, 7, 11, 4096, 1 << 20}) EXPECT_EQ(Scanned(stream, piece), wanted) << piece;
}

// One who answers each message with the same text, and what a client gets of it through a gate.
class Answering {
 public:
  Answering() : file_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = Loopback(0);
    socklen_t length = sizeof address;
    EXPECT_EQ(bind(file_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(file_, 16), 0);
    EXPECT_EQ(getsockname(file_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { Run(); });
  }
  ~Answering() {
    shutdown(file_, SHUT_RDWR);
    thread_.join();
    close(file_);
  }
  const std::string& address() const { return address_; }
  static constexpr std::string_view kAnswer = "\x07\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00"sv;

  static sockaddr_in Loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  // Up to the end of the connection, and how that was.
  static std::pair<std::string, int> Ask(const std::string& through, const std::string& message) {
    const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(std::stoi(through.substr(through.rfind(':') + 1)));
    EXPECT_EQ(connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(send(file, message.data(), message.size(), MSG_NOSIGNAL), static_cast<ssize_t>(message.size()));
    std::string got;
    char byte = 0;
    ssize_t count = 0;
    while ((count = recv(file, &byte, 1, 0)) > 0) got += byte;
    const int error = count < 0 ? errno : 0;
    close(file);
    return {got, error};
  }

 private:
  void Run() {
    for (int client = 0; (client = accept4(file_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; close(client)) {
      std::string message(64, '\0');
      while (recv(client, message.data(), message.size(), 0) > 0)
        send(client, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
    }
  }

  const int file_;
  std::string address_;
  std::thread thread_;
};

TEST(Gate, TearsAReplyAfterOneByteAtLeastAndNeverPassesAll) {
  const Answering server;
  const auto gate = *Gate::Open(server.address(), 1);
  gate->Set({.tear_commit_reply = 1});
  std::set<size_t> lengths;
  for (int i = 0; i < 40; ++i) {
    const auto [got, error] = Answering::Ask(gate->address(), Packet("\x03"
                                                                     "COMMIT"));
    EXPECT_EQ(got, Answering::kAnswer.substr(0, got.size()));
    EXPECT_EQ(error, ECONNRESET);
    lengths.insert(got.size());
  }
  EXPECT_GE(*lengths.begin(), 1u);
  EXPECT_LT(*lengths.rbegin(), Answering::kAnswer.size());
  EXPECT_GT(lengths.size(), 4u) << "at different places";
  EXPECT_EQ(gate->counts().replies_torn, 40u);
}

// A real server behind a gate: what the gate does to connections, seen by the code that has to bear it.
class GateTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const int port = process::FreePorts({0}).front();
    auto server = db::PrivateServer::Start(
        {.durable = false,
         .arguments = {"--skip-networking=0", "--bind-address=127.0.0.1", "--port=" + std::to_string(port)}});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = server->release();
    target_ = "127.0.0.1:" + std::to_string(port);
    const auto admin = Open({.socket = server_->socket(), .user = "root"});
    for (const char* statement :
         {"CREATE DATABASE gate", "CREATE TABLE gate.t (id INT PRIMARY KEY) ENGINE=InnoDB",
          "CREATE USER 'u'@'%' IDENTIFIED BY 'p'", "GRANT ALL PRIVILEGES ON gate.* TO 'u'@'%'"}) {
      ASSERT_TRUE(Run(*admin, statement).ok()) << statement;
    }
  }
  static void TearDownTestSuite() { delete server_; }

  void SetUp() override {
    gate_ = *Gate::Open(target_, 1);
    direct_ = Open({.socket = server_->socket(), .user = "root", .schema = "gate"});
    ASSERT_TRUE(Run(*direct_, "DELETE FROM t").ok());
  }

  static std::unique_ptr<db::Database> Open(db::Options options) {
    options.pool_size = 2;
    return *db::Database::Open(std::move(options));
  }
  std::unique_ptr<db::Database> Through() const {
    return Open({.host = "127.0.0.1",
                 .port = std::stoi(gate_->address().substr(gate_->address().rfind(':') + 1)),
                 .user = "u",
                 .password = "p",
                 .schema = "gate"});
  }
  static absl::Status Run(db::Database& database, std::string_view sql) {
    return database.Read(db::Budget::Of(milliseconds(5000)),
                         [&](db::Session& session) { return session.Execute(sql).status(); });
  }
  // One transaction; not run again after a lost COMMIT.
  static absl::Status Insert(db::Database& database, int id) {
    return database.Transact(db::Budget::Of(milliseconds(5000)), {}, [&](db::Transaction& tx) {
      return tx.Execute("INSERT INTO t (id) VALUES (?)", {id}).status();
    });
  }
  int64_t Rows() const {
    int64_t count = -1;
    EXPECT_TRUE(direct_
                    ->Read({},
                           [&](db::Session& session) {
                             auto rows = session.Query("SELECT COUNT(*) AS n FROM t");
                             if (rows.ok()) count = rows->at(0, 0).AsInt();
                             return rows.status();
                           })
                    .ok());
    return count;
  }

  static inline db::PrivateServer* server_ = nullptr;
  static inline std::string target_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<db::Database> direct_;
};

TEST_F(GateTest, PassesEverythingAndSlicesAndDelaysIt) {
  const auto through = Through();
  EXPECT_TRUE(Insert(*through, 1).ok());
  gate_->Set({.slice = 3});
  EXPECT_TRUE(Insert(*through, 2).ok());
  gate_->Set({.delay = milliseconds(30)});
  const auto begun = steady_clock::now();
  EXPECT_TRUE(Insert(*through, 3).ok());
  EXPECT_GE(steady_clock::now() - begun, milliseconds(90)) << "at least three round trips";
  EXPECT_EQ(Rows(), 3);
  EXPECT_EQ(gate_->counts().commits, 3u);
}

TEST_F(GateTest, ACommitThatIsCutOffBeforeItArrivesLeavesNothingAndIsUnknown) {
  const auto through = Through();
  gate_->Set({.cut_before_commit = 1});
  EXPECT_TRUE(db::IsOutcomeUnknown(Insert(*through, 1)));
  EXPECT_EQ(Rows(), 0);
  EXPECT_EQ(gate_->counts().commits_cut, 1u);
}

TEST_F(GateTest, ACommitWhoseReplyIsCutOffIsThereAndIsUnknown) {
  const auto through = Through();
  gate_->Set({.cut_commit_reply = 1});
  EXPECT_TRUE(db::IsOutcomeUnknown(Insert(*through, 1)));
  EXPECT_EQ(Rows(), 1);
  EXPECT_EQ(gate_->counts().replies_cut, 1u);
}

TEST_F(GateTest, ACommitWhoseReplyIsTornIsThereAndIsUnknown) {
  const auto through = Through();
  gate_->Set({.tear_commit_reply = 1});
  for (int id = 1; id <= 10; ++id) EXPECT_TRUE(db::IsOutcomeUnknown(Insert(*through, id))) << id;
  EXPECT_EQ(Rows(), 10);
  EXPECT_EQ(gate_->counts().replies_torn, 10u);
}

TEST_F(GateTest, ACutEndsPresentConnectionsOnly) {
  const auto through = Through();
  ASSERT_TRUE(Insert(*through, 1).ok());
  gate_->Cut();
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_TRUE(Insert(*through, 2).ok()) << "run again on a new one";
  EXPECT_EQ(gate_->counts().connections, 2u);
}

TEST_F(GateTest, HalfOpenSaysNothingUntilItIsOver) {
  const auto through = Through();
  ASSERT_TRUE(Insert(*through, 1).ok());
  gate_->Set({.half_open = true});
  std::thread heal([&] {
    std::this_thread::sleep_for(milliseconds(300));
    gate_->Set({});
  });
  const auto begun = steady_clock::now();
  EXPECT_TRUE(Insert(*through, 2).ok());
  EXPECT_GE(steady_clock::now() - begun, milliseconds(250));
  heal.join();
  EXPECT_EQ(Rows(), 2);
}

}  // namespace
}  // namespace inspectorate::robustness
