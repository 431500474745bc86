using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

// In this process: the feed needs no second restore, and internals are visible to this assembly.
var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)).WithArtifactsPath("artifacts/micro");
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
