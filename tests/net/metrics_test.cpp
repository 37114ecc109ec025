// Metrics: counted by name and labels, rendered as Prometheus reads it.
#include "server/base/metrics.hpp"

#include <gtest/gtest.h>

namespace switchboard {
namespace {

TEST(Metrics, TheSameNameAndLabelsAreTheSameCounter) {
  Metrics metrics;
  Counter& counter = metrics.counter("a_total", "As");
  EXPECT_EQ(&counter, &metrics.counter("a_total", "As"));
  EXPECT_NE(&counter, &metrics.counter("a_total", "As", R"(kind="b")"));
}

TEST(Metrics, AreRenderedByNameWithHelpAndType) {
  Metrics metrics;
  metrics.counter("b_total", "Bees", R"(way="out")").add(2);
  metrics.counter("b_total", "Bees", R"(way="in")").add();
  metrics.gauge("c", "Cs").set(-3);
  EXPECT_EQ(metrics.render(),
            "# HELP b_total Bees\n# TYPE b_total counter\nb_total{way=\"in\"} 1\nb_total{way=\"out\"} 2\n"
            "# HELP c Cs\n# TYPE c gauge\nc -3\n");
}

}  // namespace
}  // namespace switchboard
