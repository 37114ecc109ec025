add_executable(router_bench ${CMAKE_CURRENT_LIST_DIR}/router_bench.cpp)
target_link_libraries(router_bench PRIVATE switchboard_router benchmark::benchmark)
