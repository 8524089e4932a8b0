#include "common/obs/metrics.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::obs {
namespace {

using ::testing::HasSubstr;

std::string Scrape(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request = "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n";
    if (::send(fd, request.data(), request.size(), 0) > 0) {
      char buffer[4096];
      for (ssize_t n; (n = ::recv(fd, buffer, sizeof(buffer), 0)) > 0;)
        answer.append(buffer, static_cast<size_t>(n));
    }
  }
  ::close(fd);
  return answer;
}

TEST(MetricsTest, CountsByLabel) {
  Metrics metrics;
  metrics.Count(kCalls, {"registry", "GetSchool", "OK"});
  metrics.Count(kCalls, {"registry", "GetSchool", "OK"});
  metrics.Count(kCalls, {"registry", "GetSchool", "NOT_FOUND"});
  EXPECT_THAT(metrics.Text(),
              HasSubstr("inspectorate_calls_total{code=\"OK\",method=\"GetSchool\",service=\"registry\"} 2"));
  EXPECT_THAT(
      metrics.Text(),
      HasSubstr("inspectorate_calls_total{code=\"NOT_FOUND\",method=\"GetSchool\",service=\"registry\"} 1"));
}

TEST(MetricsTest, ObservesSecondsInBuckets) {
  Metrics metrics;
  metrics.Observe(kQueueWaitSeconds, {"registry", "read"}, 0.02);
  EXPECT_THAT(metrics.Text(), HasSubstr("pool=\"read\",service=\"registry\",le=\"0.01\"} 0"));
  EXPECT_THAT(metrics.Text(), HasSubstr("pool=\"read\",service=\"registry\",le=\"0.03\"} 1"));
}

TEST(MetricsTest, GaugesMove) {
  Metrics metrics;
  metrics.Move(kStreams, {"registry", "WatchChanges"}, 1);
  metrics.Move(kStreams, {"registry", "WatchChanges"}, 1);
  metrics.Move(kStreams, {"registry", "WatchChanges"}, -1);
  EXPECT_THAT(metrics.Text(),
              HasSubstr("inspectorate_streams{method=\"WatchChanges\",service=\"registry\"} 1"));
}

TEST(MetricsTest, BoundsTheSeriesOfAMetric) {
  Metrics metrics;
  for (size_t i = 0; i < 2 * Metrics::kMaxSeries; ++i)
    metrics.Count(kCalls, {"registry", std::to_string(i), "OK"});
  const std::string text = metrics.Text();
  EXPECT_EQ(static_cast<size_t>(std::count(text.begin(), text.end(), '{')), Metrics::kMaxSeries + 1);
  EXPECT_THAT(text, HasSubstr("{code=\"other\",method=\"other\",service=\"other\"} 500"));
}

TEST(MetricsTest, ServesAScrape) {
  Metrics metrics;
  metrics.Count(kCalls, {"registry", "GetSchool", "OK"});
  auto endpoint = MetricsEndpoint::Open(metrics, "127.0.0.1:0");
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  EXPECT_THAT(Scrape((*endpoint)->port()), HasSubstr("inspectorate_calls_total"));
}

TEST(MetricsTest, SaysWhenItCannotListen) {
  Metrics metrics;
  EXPECT_FALSE(MetricsEndpoint::Open(metrics, "127.0.0.1:not-a-port").ok());
}

}  // namespace
}  // namespace inspectorate::obs
