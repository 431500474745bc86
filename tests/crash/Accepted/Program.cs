using System.Globalization;
using DurableSink.Accepted;

// accepted [--kills N] [--directory DIR] [--policies batch,os] [--ends kill,failfast,throw,memory]
//     ends a child under full load again and again, and checks each time that all is in the log whose append had returned
// child DIR COUNTS POLICY END MILLISECONDS
if (args is ["child", var log, var counts, var policy, var end, var milliseconds])
    return Child.Run(log, counts, Enum.Parse<DurableSink.FsyncPolicy>(policy), end, int.Parse(milliseconds, CultureInfo.InvariantCulture));

try
{
    return new Kills(args).Run();
}
catch (ArgumentException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
