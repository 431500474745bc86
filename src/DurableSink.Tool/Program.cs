using DurableSink.Tooling;

return Tool.Run(args, Surroundings.OfProcess());
