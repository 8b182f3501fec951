# -*- encoding: utf-8 -*-
# stub: rack 2.0.1 ruby lib

Gem::Specification.new do |s|
  s.name = "rack".freeze
  s.version = "2.0.1"
  s.licenses = ["MIT".freeze]
  s.add_runtime_dependency(%q<x>.freeze, ["~> 1.0"])
end
