#pragma once

// All that a runtime needs to read and write files: no engine, no store, no file, clock or log.

#include <bmes/inspect.hpp>
#include <bmes/merge.hpp>
#include <bmes/module.hpp>
#include <bmes/owned.hpp>
#include <bmes/reader.hpp>
#include <bmes/v1.hpp>
#include <bmes/v3.hpp>
#include <bmes/v4.hpp>
#include <bmes/v4_write.hpp>
#include <bmes/version.hpp>
