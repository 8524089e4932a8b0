#include "tests/perf/load/rpc_load.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"

namespace inspectorate::perf {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;

constexpr int kMostChannels = 8;
constexpr std::chrono::seconds kConnect{10};
constexpr std::chrono::seconds kDeadline{10};

struct Flight {
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer answer;
  grpc::Status status;
  size_t key = 0;
  Clock::time_point since;
};

// Keys that are in no call, in an order of chance.
std::deque<size_t> ShuffledKeys(size_t count) {
  std::vector<size_t> keys(count);
  std::iota(keys.begin(), keys.end(), 0);
  std::shuffle(keys.begin(), keys.end(), std::minstd_rand(7));
  return {keys.begin(), keys.end()};
}

float MicrosSince(Clock::time_point since, Clock::time_point now) {
  return duration<float, std::micro>(now - since).count();
}

}  // namespace

struct RpcClient::State {
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs;
  grpc::CompletionQueue queue;
  size_t next = 0;

  void Send(Calls& calls, Flight* flight) {
    flight->context = std::make_unique<grpc::ClientContext>();
    flight->context->AddMetadata("authorization", calls.authorization(flight->key));
    flight->context->set_deadline(std::chrono::system_clock::now() + kDeadline);
    flight->answer.Clear();
    grpc::GenericStub& stub = *stubs[next++ % stubs.size()];
    flight->reader =
        stub.PrepareUnaryCall(flight->context.get(), calls.path(), calls.Request(flight->key), &queue);
    flight->reader->StartCall();
    flight->reader->Finish(&flight->answer, &flight->status, flight);
  }

  // The next flight that has ended; null after `until`.
  Flight* Next(std::chrono::system_clock::time_point until) {
    void* tag = nullptr;
    bool ok = false;
    const auto got = queue.AsyncNext(&tag, &ok, until);
    return got == grpc::CompletionQueue::GOT_EVENT ? static_cast<Flight*>(tag) : nullptr;
  }

  static void Note(Calls& calls, const Flight& flight, Clock::time_point now, bool measured, Load* load) {
    const bool good = flight.status.ok() && calls.Accept(flight.key, flight.answer);
    if (!good && load->first_failure.empty()) {
      load->first_failure = flight.status.ok() ? "unexpected answer"
                                               : std::to_string(flight.status.error_code()) + " " +
                                                     flight.status.error_message();
    }
    if (!good) ++load->failed;
    if (!good || !measured) return;
    ++load->calls;
    load->micros.push_back(MicrosSince(flight.since, now));
  }
};

RpcClient::RpcClient(const std::string& target, int callers) : state_(std::make_unique<State>()) {
  // As the servers do (common/rpc/server.cc); the client's cost is everybody's.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  for (int i = 0; i < std::min(callers, kMostChannels); ++i) {
    grpc::ChannelArguments arguments;
    // Otherwise channels to one target share one connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    auto channel = grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
    if (!channel->WaitForConnected(std::chrono::system_clock::now() + kConnect)) {
      std::fprintf(stderr, "nobody serves at %s\n", target.c_str());
      std::abort();
    }
    state_->stubs.push_back(std::make_unique<grpc::GenericStub>(channel));
  }
}

RpcClient::~RpcClient() {
  state_->queue.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (state_->queue.Next(&tag, &ok)) {
  }
}

Load RpcClient::Closed(Calls& calls, int callers, milliseconds warm, milliseconds run) {
  Load load;
  std::deque<size_t> free = ShuffledKeys(calls.keys());
  std::vector<std::unique_ptr<Flight>> flights;
  auto send = [&](Flight* flight) {
    flight->key = free.front();
    free.pop_front();
    flight->since = Clock::now();
    state_->Send(calls, flight);
  };
  const Clock::time_point begin = Clock::now() + warm;
  const Clock::time_point end = begin + run;
  for (int i = 0; i < callers; ++i) {
    flights.push_back(std::make_unique<Flight>());
    send(flights.back().get());
  }
  for (int flying = callers; flying > 0;) {
    Flight* flight = state_->Next(std::chrono::system_clock::now() + 2 * kDeadline);
    if (flight == nullptr) std::abort();  // calls have deadlines: their end always comes
    const Clock::time_point now = Clock::now();
    State::Note(calls, *flight, now, now >= begin && now < end, &load);
    free.push_back(flight->key);
    if (now < end) {
      send(flight);
    } else {
      --flying;
    }
  }
  load.seconds = duration<double>(run).count();
  return load;
}

Load RpcClient::Open(Calls& calls, double rate, milliseconds warm, milliseconds run, unsigned seed) {
  Load load;
  std::mutex mutex;  // of `free` and `calls`
  std::deque<size_t> free = ShuffledKeys(calls.keys());
  std::deque<std::unique_ptr<Flight>> flights;  // owned here, used by the queue
  const Clock::time_point start = Clock::now() + milliseconds(20);
  const Clock::time_point begin = start + warm;
  const Clock::time_point end = begin + run;
  std::atomic<int64_t> flying{0};
  std::atomic<bool> sent_all{false};

  std::thread receiver([&] {
    while (!sent_all || flying > 0) {
      Flight* flight = state_->Next(std::chrono::system_clock::now() + milliseconds(50));
      if (flight == nullptr) continue;
      const Clock::time_point now = Clock::now();
      std::lock_guard lock(mutex);
      State::Note(calls, *flight, now, flight->since >= begin, &load);
      free.push_back(flight->key);
      flight->reader.reset();
      flight->context.reset();
      --flying;
    }
  });
  std::minstd_rand random(seed);
  std::exponential_distribution<double> gap(rate);
  for (Clock::time_point due = start; due < end;
       due += std::chrono::duration_cast<Clock::duration>(duration<double>(gap(random)))) {
    std::this_thread::sleep_until(due);
    std::unique_lock lock(mutex);
    while (free.empty()) {  // every key is in a call: the arrival waits, and its clock runs
      lock.unlock();
      std::this_thread::sleep_for(std::chrono::microseconds(100));
      lock.lock();
    }
    flights.push_back(std::make_unique<Flight>());
    Flight* flight = flights.back().get();
    flight->key = free.front();
    free.pop_front();
    flight->since = due;
    ++flying;
    state_->Send(calls, flight);
  }
  sent_all = true;
  receiver.join();
  load.seconds = duration<double>(run).count();
  return load;
}

std::string RpcClient::Once(Calls& calls) {
  Flight flight;
  flight.since = Clock::now();
  state_->Send(calls, &flight);
  if (state_->Next(std::chrono::system_clock::now() + 2 * kDeadline) == nullptr) std::abort();
  Load load;
  State::Note(calls, flight, Clock::now(), true, &load);
  return load.first_failure;
}

}  // namespace inspectorate::perf
